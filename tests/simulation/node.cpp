#include "tests/simulation/node.hpp"

#include "actors/event_feed.hpp"
#include "actors/switchboard.hpp"
#include "db/bulk_store_actor.hpp"
#include "db/store_actor.hpp"
#include "net/webhooks/webhook_endpoint.hpp"
#include "tests/simulation/callbacks.hpp"
#include "tests/simulation/wire.hpp"
#include "tests/support/database.hpp"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <stdexcept>
#include <thread>

namespace ringmaster::simulation {

struct node::config : caf::actor_system_config {
  config() {
    register_messages(*this);
    set("scheduler.policy", caf::atom("testing"));
  }
};

class node::log_sink : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
public:
  std::function<void(std::string_view)> to;

private:
  void sink_it_(const spdlog::details::log_msg& line) override {
    if (!to) return;
    const auto level = spdlog::level::to_string_view(line.level);
    to(std::string{level.data(), level.size()} + " " +
       std::string{line.payload.data(), line.payload.size()});
  }
  void flush_() override {}
};

namespace {

/// Overtakes whatever waits in its mailbox.
template <class Handle>
void kill(const Handle& actor) {
  if (!actor) return;
  auto target = caf::actor_cast<caf::strong_actor_ptr>(actor);
  target->enqueue(nullptr, caf::make_message_id(caf::message_priority::high),
                  caf::make_message(caf::exit_msg{target->address(), caf::exit_reason::kill}),
                  nullptr);
}

template <class Handle>
caf::resumable* job_of(const Handle& actor) {
  return dynamic_cast<caf::resumable*>(caf::actor_cast<caf::abstract_actor*>(actor));
}

} // namespace

node::node(std::string database_url)
    : url_(std::move(database_url)), sink_(std::make_shared<log_sink>()),
      log_(std::make_shared<spdlog::logger>("simulation", sink_)) {
  config_ = std::make_unique<config>();
  system_ = std::make_unique<caf::actor_system>(*config_);
}

node::~node() {
  kill_all(true);
  system_.reset();
  if (owner_) owner_->give_back();
}

void node::listen(std::function<void(std::string_view)> to) {
  sink_->to = std::move(to);
}

caf::scheduler::test_coordinator& node::scheduler() {
  return dynamic_cast<caf::scheduler::test_coordinator&>(system_->scheduler());
}

/// The lock of a dead session goes when the server notices: a matter of moments.
void node::take_ownership() {
  if (!owner_)
    owner_ = std::make_unique<db::ownership>(wire::named(url_, "simulated_owner"), "simulation");
  for (int tries = 0; tries < 20'000; ++tries) {
    auto taken = owner_->try_take(stage::beginning());
    if (taken && *taken) return;
    if (!taken) return; // the database is away; the watch will try again
    std::this_thread::yield();
  }
  throw std::runtime_error("the simulation's database has another owner");
}

void node::watch_ownership() {
  if (!owner_ || owner_->still_mine()) return;
  take_ownership();
  if (board_) caf::anon_send(board_, ownership_retaken{});
}

void node::open_stores() {
  if (store_) return;
  db::store_options writing;
  writing.url = wire::named(url_, "simulated_store");
  writing.epochs = owner_->epochs();
  writing.log = log_;
  writing.count = count_;
  store_ = db::spawn_store(*system_, writing, false);
  bulk_ = db::spawn_bulk_store(
      *system_, {wire::named(url_, "simulated_bulk_store"), owner_->epochs(), log_}, false);
}

void node::start(stage& on, std::shared_ptr<line_model> line) {
  take_ownership();
  open_stores();
  const auto passed = scheduler().clock().now().time_since_epoch();
  clock_at_start_ = std::chrono::duration_cast<microseconds>(passed) - on.plan.now();
  if (on.plan.now().count() == 0) {
    tokens_ = 0;
    // Connects where there is no session yet: no history shall differ by that.
    caf::anon_send(store_, find_work{});
    settle();
  }
  line_ = std::move(line);
  house_ = std::make_shared<services>();
  clock_ = std::make_unique<even_clock>(on.wall_clock(), on.plan.now());
  house_->now = [this, &on] { return clock_->now(on.wall_clock(), on.plan.now()); };
  line_->now = house_->now;
  house_->new_token = [this] { return test::token(++tokens_); };
  house_->random = [&on] { return on.draw.bits(); };
  house_->log = log_;
  house_->count = count_;
  house_->dialing.page_jobs = 6;
  house_->dialing.bulk_page = 5;
  house_->stores.push_back(store_);
  house_->bulk_stores.push_back(bulk_);
  auto heard = std::make_shared<std::atomic<bool>>(false);
  house_->feed_heard = heard;
  house_->feed = system_->spawn(event_feed, heard);
  reconciler_config asking;
  asking.limits.list_from = 4; // a history has few calls at a time
  asking.line = line_;
  asking.now = house_->now;
  asking.random = house_->random;
  asking.log = log_;
  asking.count = count_;
  house_->reconciler = system_->spawn(reconciler, asking);
  carrier_config account;
  account.settings.limits.calls_per_second = on.with.calls_per_second;
  account.line = line_;
  account.now = house_->now;
  account.random = house_->random;
  account.log = log_;
  account.count = count_;
  account.health = std::make_shared<carrier_health>();
  house_->carrier = system_->spawn(carrier, account);
  board_ = system_->spawn(switchboard, std::shared_ptr<const services>(house_));
  net::webhook_config hooks;
  hooks.auth_token = callbacks::auth_token;
  hooks.account_sid = callbacks::account;
  hooks.public_base_url = callbacks::base_url;
  webhooks_ = net::make_webhook_handler(hooks, *system_, board_, log_, count_, house_->now);
  caf::anon_send(board_, start_work{});
}

void node::settle() {
  while (scheduler().try_run_once()) {
  }
}

/// First those who act on the outside, then the others, who find nobody to act through.
void node::kill_all(bool with_stores) {
  auto heard = std::exchange(sink_->to, nullptr);
  if (line_) line_->die();
  webhooks_ = nullptr;
  if (with_stores) {
    kill(store_);
    kill(bulk_);
  }
  if (house_) {
    kill(house_->carrier);
    kill(house_->reconciler);
    kill(board_);
    kill(house_->feed);
  }
  if (with_stores) {
    store_ = nullptr;
    bulk_ = nullptr;
  }
  board_ = nullptr;
  house_.reset();
  settle();
  // A supervisor that awaits a dead store's answer hears nothing else until its patience is over.
  if (with_stores) scheduler().clock().trigger_timeouts();
  settle();
  scheduler().clock().cancel_all();
  settle();
  line_.reset();
  sink_->to = std::move(heard);
}

void node::crash() {
  kill_all(true);
  // Its session, and with it the lock, dies with the process.
  owner_.reset();
}

void node::end() {
  kill_all(false);
}

std::size_t node::left_over() const {
  const std::size_t stores = store_ ? 2 : 0;
  return is_up() ? 0 : system_->registry().running() - stores;
}

bool node::mend() {
  watch_ownership();
  bool well = false;
  system_->spawn([this, &well](caf::event_based_actor* self) {
    self->request(store_, caf::infinite, find_work{})
        .then([&well](const work_answer& work) { well = work.ok; }, [](const caf::error&) {});
  });
  // A page of no run: the second one finds the session open again.
  for (int i = 0; i < 2; ++i)
    caf::anon_send(bulk_, materialise_page{business_id{1}, run_id{1}, 1, stage::beginning()});
  settle();
  return well;
}

bool node::step(dice& draw, double pass_over_store) {
  auto& jobs = scheduler().jobs;
  if (jobs.empty()) return false;
  auto pick = draw.below(jobs.size());
  if (jobs[pick] == job_of(store_) && draw.chance(pass_over_store)) {
    if (jobs.size() == 1 && pass_over_store >= 1) return false;
    pick = (pick + 1) % jobs.size();
  }
  if (pick != 0) std::swap(jobs.front(), jobs[pick]);
  return scheduler().try_run_once();
}

std::optional<microseconds> node::next_timer() {
  const auto& timers = scheduler().clock().schedule();
  if (timers.empty()) return std::nullopt;
  const auto due = timers.begin()->first.time_since_epoch();
  return std::chrono::ceil<microseconds>(due) - clock_at_start_;
}

void node::advance_to(microseconds at) {
  const auto passed = scheduler().clock().now().time_since_epoch();
  const auto now = std::chrono::duration_cast<microseconds>(passed) - clock_at_start_;
  if (at > now) scheduler().advance_time(at - now);
}

} // namespace ringmaster::simulation
