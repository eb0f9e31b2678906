#include "db/bulk_store_actor.hpp"

#include "actors/broken.hpp"
#include "actors/counted_actor.hpp"
#include "db/bulk_statements.hpp"

namespace ringmaster::db {

namespace {

struct bulk_store_state {
  static inline const char* name = "bulk_store";

  bulk_store_options options;
  std::unique_ptr<connection> link;
  bool down = false; ///< so that an outage is logged once

  template <class Request, class Work>
  page_answer run(const Request& wanted, Work work);
};

template <class Request, class Work>
page_answer bulk_store_state::run(const Request& wanted, Work work) {
  // A courtesy, not the fence: pages are guarded by the run's own row, twice is once.
  const bool ours = wanted.business.value > 0 &&
                    options.epochs->epoch[static_cast<std::size_t>(shard_of(wanted.business))] != 0;
  if (!ours) return {write_result::fenced, 0, false};
  page_answer answer;
  const auto failed = in_transaction(*link, [&](pqxx::work& in) {
    answer = work(in, wanted);
    link->mark(in);
    return answer.result == write_result::applied;
  });
  if (!failed) {
    if (std::exchange(down, false)) options.log->warn("[BulkStore] the database is back");
    return answer;
  }
  if (failed->what == sql_trouble::foreign) return {write_result::fenced, 0, false};
  if (failed->what == sql_trouble::lost) {
    if (!std::exchange(down, true))
      options.log->error("[BulkStore] the database is lost: {}", failed->message);
  } else {
    options.log->error("[BulkStore] a page of run {} failed: {} ({})", wanted.run.value,
                       failed->message, failed->sqlstate);
  }
  // A page lost while committing is asked for again like one that failed: its cursor tells.
  return {write_result::unavailable, 0, false};
}

bulk_store_actor::behavior_type
bulk_store(bulk_store_actor::stateful_pointer<bulk_store_state> self, bulk_store_options options) {
  session_settings settings;
  settings.application_name = "ringmaster bulk store";
  settings.plans_by_key = true;
  settings.server = options.server;
  auto& state = self->state;
  state.link = std::make_unique<connection>(options.url, settings, bulk_statements());
  state.options = std::move(options);
  self->set_exception_handler(broken);
  return {
      [self](const materialise_page& x) { return self->state.run(x, run_materialise_page); },
      [self](const cancel_page& x) { return self->state.run(x, run_cancel_page); },
  };
}

} // namespace

bulk_store_actor spawn_bulk_store(caf::actor_system& system, bulk_store_options options,
                                  bool detached) {
  const auto roster = options.roster;
  const auto key = options.key;
  const auto begin = [options = std::move(options)](auto* self) {
    return bulk_store(self, options);
  };
  return detached ? spawn_counted<bulk_store_actor, bulk_store_state, caf::detached>(system, roster,
                                                                                     key, begin)
                  : spawn_counted<bulk_store_actor, bulk_store_state>(system, roster, key, begin);
}

} // namespace ringmaster::db
