#include "tests/support/actor_world.hpp"

#include "actors/event_feed.hpp"
#include "actors/switchboard.hpp"
#include "db/bulk_store_actor.hpp"
#include "db/store_actor.hpp"

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

namespace ringmaster::test {

struct world::actor_config : caf::actor_system_config {
  actor_config() {
    register_messages(*this);
    set("scheduler.policy", caf::atom("testing"));
  }
};

world::world(world_options options) : options_(options), random_(options.seed), epoch_(at(0)) {
  log_ = std::make_shared<spdlog::logger>(
      "world", std::make_shared<spdlog::sinks::ostream_sink_mt>(log_text_));
  log_->set_pattern("%l %v");
  start();
}

world::~world() {
  end();
}

caf::scheduler::test_coordinator& world::scheduler() {
  return dynamic_cast<caf::scheduler::test_coordinator&>(system_->scheduler());
}

time_point world::now() const {
  auto passed = const_cast<world*>(this)->scheduler().clock().now().time_since_epoch();
  return epoch_ + std::chrono::duration_cast<microseconds>(passed);
}

void world::start() {
  owner_ = std::make_unique<db::ownership>(base.url(), "test");
  auto taken = owner_->try_take(at(0));
  if (!taken || !*taken) throw std::runtime_error("the test database has another owner");
  config_ = std::make_unique<actor_config>();
  system_ = std::make_unique<caf::actor_system>(*config_);
  driver_ = std::make_unique<caf::scoped_actor>(*system_, true);

  house = std::make_shared<services>();
  house->now = [this] { return now(); };
  house->new_token = [this] { return token(1'000'000 + ++tokens_); };
  house->random = [this] { return random_(); };
  house->log = log_;
  house->count = count;
  house->dialing = options_.dialing;
  db::store_options writing;
  writing.url = base.url();
  writing.epochs = owner_->epochs();
  writing.log = log_;
  writing.count = count;
  house->stores.push_back(db::spawn_store(*system_, writing, false));
  house->bulk_stores.push_back(
      db::spawn_bulk_store(*system_, {base.url(), owner_->epochs(), log_}, false));
  auto heard = std::make_shared<std::atomic<bool>>(false);
  house->feed_heard = heard;
  house->feed = system_->spawn(event_feed, heard);

  auto own_line = std::make_shared<modelled_line>();
  line = own_line.get();
  line->now = house->now;
  house->looking = options_.looking;
  reconciler_config asking;
  asking.limits = options_.look_limits;
  asking.line = own_line;
  asking.now = house->now;
  asking.random = house->random;
  asking.log = log_;
  asking.count = count;
  house->reconciler = system_->spawn(reconciler, asking);
  carrier_config account;
  account.settings.limits = options_.limits;
  account.line = std::move(own_line);
  account.now = house->now;
  account.random = house->random;
  account.log = log_;
  account.count = count;
  account.health = health = std::make_shared<carrier_health>();
  house->carrier = system_->spawn(carrier, account);
  board = system_->spawn(switchboard, std::shared_ptr<const services>(house));
  settle();
}

void world::end() {
  if (!system_) return;
  epoch_ = now();
  auto stop = [&](auto& handle) {
    (*driver_)->send_exit(handle, caf::exit_reason::user_shutdown);
    settle();
    handle = nullptr;
  };
  stop(board);
  stop(house->reconciler);
  stop(house->carrier);
  stop(house->feed);
  for (auto& store : house->stores)
    stop(store);
  for (auto& store : house->bulk_stores)
    stop(store);
  house.reset();
  scheduler().clock().cancel_all();
  settle();
  driver_.reset();
  system_.reset();
  config_.reset();
  owner_->give_back();
}

void world::restart() {
  end();
  start();
  tell(start_work{});
  settle();
}

void world::crash() {
  auto calls = std::move(line->calls());
  auto decide = line->decide;
  end();
  start();
  line->decide = std::move(decide);
  for (auto& call : calls) {
    if (!call->exists) continue;
    call->reply = nullptr;
    line->adopt(std::move(call));
  }
  tell(start_work{});
  settle();
}

bool world::step() {
  auto& jobs = scheduler().jobs;
  if (options_.random_order && jobs.size() > 1)
    std::swap(jobs.front(), jobs[random_() % jobs.size()]);
  return scheduler().try_run_once();
}

void world::settle() {
  while (step()) {
  }
}

void world::advance(microseconds time) {
  scheduler().advance_time(time);
  settle();
}

void world::pass(int time_s) {
  for (int i = 0; i < time_s; ++i)
    advance(seconds{1});
}

call_event world::event_of(const modelled_line::call& call, carrier_status status, int sequence,
                           int duration) const {
  call_event e;
  e.attempt = call.request.attempt;
  e.sid = call.sid;
  e.status = status;
  e.sequence = sequence;
  e.duration_s = duration;
  e.received_at = now();
  return e;
}

event_result world::report(const modelled_line::call& call, carrier_status status, int sequence,
                           int duration) {
  return ask<event_answer>(event_of(call, status, sequence, duration)).result;
}

event_result world::complete(modelled_line::call& call, carrier_status how) {
  line->end(call);
  return report(call, how, 3, how == carrier_status::completed ? 7 : 0);
}

void world::complete_all(business_id business) {
  for (auto live = line->live_calls(business); !live.empty(); live = line->live_calls(business))
    complete(*live.front());
}

run_id world::start_run(business_id business, int leads) {
  auto run = base.add_run(business, base.add_leads(business, leads));
  ask<acknowledged>(run_created{business, run});
  return run;
}

std::int64_t world::jobs_in(run_id run, const std::string& status) {
  return base.number("SELECT count(*) FROM outbound_call_jobs WHERE run_id = " +
                     std::to_string(run.value) + " AND status = '" + status + "'");
}

std::int64_t world::jobs_in(const std::string& status) {
  return base.number("SELECT count(*) FROM outbound_call_jobs WHERE status = '" + status + "'");
}

std::string world::status_of(run_id run) {
  return base.text("SELECT status FROM outbound_call_runs WHERE id = " + std::to_string(run.value));
}

std::string world::log() {
  auto text = log_text_.str();
  log_text_.str({});
  return text;
}

} // namespace ringmaster::test
