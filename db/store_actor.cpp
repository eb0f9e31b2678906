#include "db/store_actor.hpp"

#include "actors/broken.hpp"
#include "actors/counted_actor.hpp"
#include "db/store_transaction.hpp"

namespace ringmaster::db {

namespace {

// Deadlocks and the like: so often a batch is tried again.
constexpr int most_tries = 3;
// Reconnects after which a batch whose COMMIT was never answered is given up as unknown: a quarter
// of a minute.
constexpr int fate_patience = 30;
// For so many batches after one that failed, claims are looked at more closely.
constexpr int unsure_batches = 1'000;
// Planning holds a batch up for some 8 ms: once a second that is each hundredth call. But plans of
// a nearly empty table cost a quarter more until they go.
constexpr std::chrono::seconds longest_plan_life{4};

session_settings store_session(const store_options& options) {
  session_settings settings;
  settings.application_name = "ringmaster store";
  settings.statement_timeout = std::chrono::seconds{15};
  settings.lock_timeout = std::chrono::seconds{5};
  settings.answer_timeout = std::chrono::seconds{20};
  settings.plans_by_key = true;
  settings.longest_plan_life = longest_plan_life;
  settings.server = options.server;
  return settings;
}

void deliver(store_batch& batch) {
  batch.each_list([](auto& list) {
    for (auto& each : list)
      each.promise.deliver(std::move(each.answer));
    list.clear();
  });
}

void deliver_all(store_batch& batch, write_result what) {
  answer_all(batch, what);
  deliver(batch);
}

struct store_state {
  static inline const char* name = "store";

  store_actor::pointer self = nullptr;
  store_options options;
  std::unique_ptr<connection> link;
  store_batch waiting;
  bool flush_sent = false;
  int unsure = 0;                                     ///< batches to come
  std::chrono::steady_clock::time_point claimed_at{}; ///< the last time

  enum class mode {
    serving,
    down,  ///< no connection; tried again on a timer
    closed ///< another server answers at our URL: nothing is done until it is gone over to
  };
  mode now = mode::serving;
  int tries = 0;    ///< reconnects since the connection was lost
  std::string told; ///< why the last of them failed

  /// A batch whose COMMIT was never answered.
  struct doubtful_batch {
    store_batch batch;
    std::string transaction_id;
  };
  std::vector<doubtful_batch> doubtful;

  template <class Request, class Answer>
  caf::typed_response_promise<Answer> take(entries<Request, Answer> store_batch::*list,
                                           Request& request);
  void flush();
  void look_at_plans(const store_batch& batch);
  void run(store_batch batch, int tries_left = most_tries);
  void refuse(store_batch& batch, const sql_failure& failed);
  void go_down(const sql_failure& failed);
  void close(const sql_failure& failed);
  void retry_later();
  void still_down(const std::optional<sql_failure>& failed);
  void reconnect();
  std::optional<sql_failure> settle_doubts();
  void give_up_doubts();
  void end();
};

template <class Request, class Answer>
caf::typed_response_promise<Answer> store_state::take(entries<Request, Answer> store_batch::*list,
                                                      Request& request) {
  auto promise = self->make_response_promise<Answer>();
  options.count->store_requests.fetch_add(1, std::memory_order_relaxed);
  if (now != mode::serving) {
    Answer answer;
    set_result(answer, now == mode::down ? write_result::unavailable : write_result::fenced);
    promise.deliver(std::move(answer));
    return promise;
  }
  (waiting.*list).push_back({std::move(request), promise});
  if (waiting.size() >= options.largest_batch) {
    flush();
  } else if (!flush_sent) {
    flush_sent = true;
    self->send(self, flush_atom::value);
  }
  return promise;
}

void store_state::flush() {
  store_batch batch;
  std::swap(batch, waiting);
  if (batch.size() != 0) run(std::move(batch));
}

/// Plans that were made when there was nothing to call read too much as soon as there is.
void store_state::look_at_plans(const store_batch& batch) {
  if (batch.claims.empty()) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - claimed_at > longest_plan_life) link->forget_plans();
  claimed_at = now;
}

void store_state::run(store_batch batch, int tries_left) {
  if (now != mode::serving) return deliver_all(batch, write_result::unavailable);
  options.count->store_batches.fetch_add(1, std::memory_order_relaxed);
  options.count->store_batch.observe(static_cast<std::int64_t>(batch.size()));
  if (unsure > 0) --unsure;
  batch.slots_unsure = batch.slots_unsure || unsure > 0;
  look_at_plans(batch);
  const auto began = std::chrono::steady_clock::now();
  auto outcome = run_batch(*link, *options.epochs, batch);
  options.count->store_commit.observe(std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - began));
  if (!outcome.failed) {
    options.health->worked();
    return deliver(batch);
  }
  const auto& failed = *outcome.failed;
  unsure = unsure_batches;
  if (failed.what != sql_trouble::violation && failed.what != sql_trouble::other)
    options.health->failed(cause_of(failed));
  switch (failed.what) {
  case sql_trouble::lost:
    deliver_all(batch, write_result::unavailable);
    return go_down(failed);
  case sql_trouble::lost_in_commit:
    if (outcome.transaction_id.empty())
      deliver_all(batch, write_result::unavailable);
    else
      doubtful.push_back({std::move(batch), outcome.transaction_id});
    return go_down(failed);
  case sql_trouble::foreign:
    deliver_all(batch, write_result::fenced);
    return close(failed);
  case sql_trouble::contention:
    if (tries_left > 1) return run(std::move(batch), tries_left - 1);
    [[fallthrough]];
  case sql_trouble::busy:
    options.log->warn("[Store] the database is too busy: {}", failed.message);
    return deliver_all(batch, write_result::unavailable);
  case sql_trouble::violation:
  case sql_trouble::other:
    return refuse(batch, failed);
  }
}

// One request that the database refuses must not harm its neighbours: each is run by itself.
void store_state::refuse(store_batch& batch, const sql_failure& failed) {
  if (batch.size() > 1) {
    options.count->store_splits.fetch_add(1, std::memory_order_relaxed);
    options.log->error("[Store] ALARM: a batch of {} was refused and is run one by one: {} ({})",
                       batch.size(), failed.message, failed.sqlstate);
    for (auto& part : split(batch))
      run(std::move(part));
    return;
  }
  options.log->error("[Store] ALARM: a request was refused: {} ({})", failed.message,
                     failed.sqlstate);
  deliver_all(batch, write_result::refused);
}

void store_state::go_down(const sql_failure& failed) {
  link->close();
  now = mode::down;
  tries = 0;
  told.clear();
  options.log->error("[Store] the database is lost: {}", failed.message);
  deliver_all(waiting, write_result::unavailable);
  retry_later();
}

void store_state::retry_later() {
  auto delay = options.first_retry;
  for (int i = 0; i < tries && delay < options.longest_retry; ++i)
    delay *= 2;
  self->delayed_send(self, std::min(delay, options.longest_retry), flush_atom::value);
}

void store_state::still_down(const std::optional<sql_failure>& failed) {
  if (failed) {
    options.health->failed(cause_of(*failed));
    if (std::exchange(told, failed->message) != failed->message)
      options.log->warn("[Store] the database is not back: {}", failed->message);
  }
  retry_later();
}

void store_state::reconnect() {
  ++tries;
  auto failed = link->open();
  if (failed && failed->what == sql_trouble::foreign) return close(*failed);
  if (!failed) failed = settle_doubts();
  if (tries >= fate_patience) give_up_doubts();
  if (failed || !link->is_open()) return still_down(failed);
  now = mode::serving;
  options.health->worked();
  options.count->store_reconnects.fetch_add(1, std::memory_order_relaxed);
  options.log->warn("[Store] the database is back after {} tries", tries);
}

// After a failover the new server may lack commits that we have acted on: it must not be believed.
void store_state::close(const sql_failure& failed) {
  link->close();
  if (std::exchange(now, mode::closed) != mode::closed)
    options.log->critical("[Store] ALARM: {}", failed.message);
  retry_later();
  deliver_all(waiting, write_result::fenced);
  give_up_doubts();
}

void store_state::give_up_doubts() {
  for (auto& each : doubtful)
    deliver_all(each.batch, write_result::unknown);
  doubtful.clear();
}

std::optional<sql_failure> store_state::settle_doubts() {
  while (!doubtful.empty()) {
    auto& each = doubtful.back();
    auto found = fate::unknown;
    if (auto failed = find_fate(*link, each.batch, each.transaction_id, found)) return failed;
    options.log->warn("[Store] a commit was lost on its way: {}",
                      found == fate::committed     ? "it was done"
                      : found == fate::rolled_back ? "it was not done"
                                                   : "its outcome stays unknown");
    if (found == fate::committed)
      deliver(each.batch);
    else
      deliver_all(each.batch,
                  found == fate::rolled_back ? write_result::unavailable : write_result::unknown);
    doubtful.pop_back();
  }
  return std::nullopt;
}

void store_state::end() {
  flush();
  deliver_all(waiting, write_result::unavailable);
  give_up_doubts();
}

store_actor::behavior_type store(store_actor::stateful_pointer<store_state> self,
                                 store_options options) {
  auto& state = self->state;
  state.self = self;
  state.link =
      std::make_unique<connection>(options.url, store_session(options), store_statements());
  state.options = std::move(options);
  self->set_exception_handler(broken);
  self->set_exit_handler([self](caf::exit_msg& message) {
    self->state.end();
    self->quit(std::move(message.reason));
  });
  return {
      [self](load_business& x) { return self->state.take(&store_batch::businesses, x); },
      [self](load_run& x) { return self->state.take(&store_batch::runs, x); },
      [self](claim_job& x) { return self->state.take(&store_batch::claims, x); },
      [self](open_direct_calls& x) { return self->state.take(&store_batch::directs, x); },
      [self](mark_calling& x) { return self->state.take(&store_batch::callings, x); },
      [self](mark_in_doubt& x) { return self->state.take(&store_batch::doubts, x); },
      [self](finish_call& x) { return self->state.take(&store_batch::finishes, x); },
      [self](requeue_call& x) { return self->state.take(&store_batch::requeues, x); },
      [self](fail_job& x) { return self->state.take(&store_batch::failures, x); },
      [self](control_run& x) { return self->state.take(&store_batch::controls, x); },
      [self](next_jobs& x) { return self->state.take(&store_batch::pages, x); },
      [self](close_slots& x) { return self->state.take(&store_batch::closed_slots, x); },
      [self](keep_stray& x) { return self->state.take(&store_batch::strays, x); },
      [self](recall_attempts& x) { return self->state.take(&store_batch::recalls, x); },
      [self](find_work& x) { return self->state.take(&store_batch::work, x); },
      [self](flush_atom) {
        auto& state = self->state;
        // One that was sent before the connection was lost is not the end of a rest.
        if (std::exchange(state.flush_sent, false)) return state.flush();
        if (state.now != store_state::mode::serving) state.reconnect();
      },
  };
}

} // namespace

store_actor spawn_store(caf::actor_system& system, store_options options, bool detached) {
  const auto roster = options.roster;
  const auto key = options.key;
  const auto begin = [options = std::move(options)](auto* self) { return store(self, options); };
  return detached
             ? spawn_counted<store_actor, store_state, caf::detached>(system, roster, key, begin)
             : spawn_counted<store_actor, store_state>(system, roster, key, begin);
}

} // namespace ringmaster::db
