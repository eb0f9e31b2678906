// The store under the deterministic scheduler: the same actor, its real SQL, message by message.
#include "tests/support/database_actors.hpp"

#include <catch2/catch.hpp>

#include <caf/scheduler/test_coordinator.hpp>

using namespace ringmaster;
using namespace ringmaster::test;

TEST_CASE("a store that lost its connection in a full batch serves again afterwards") {
  database base;
  const auto business = base.add_business();
  const auto run = base.add_run(business, base.add_leads(business, 3));
  const auto jobs = base.jobs_of(run);
  store_world options_of; // for its options only
  caf::actor_system_config config;
  register_messages(config);
  config.set("scheduler.policy", caf::atom("testing"));
  caf::actor_system system{config};
  auto& scheduler = dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  auto epochs = std::make_shared<db::shard_epochs>();
  base.sql("UPDATE shards SET epoch = 1");
  for (auto& each : epochs->epoch)
    each = 1;
  auto options = options_of.options;
  options.url = base.url();
  options.epochs = epochs;
  options.largest_batch = 2;
  const auto store = db::spawn_store(system, options, false);
  caf::scoped_actor self{system, true};
  const auto settle = [&] {
    while (scheduler.try_run_once())
      continue;
  };
  const auto answer_of = [&](auto& handle) {
    auto result = write_result::unknown;
    handle.receive([&](write_answer& answer) { result = answer.result; },
                   [](caf::error&) { FAIL(); });
    return result;
  };
  const auto fail = [&](std::size_t job) { return fail_job{business, jobs[job], "x", at(0)}; };

  auto first = self->request(store, caf::infinite, fail(0));
  settle();
  CHECK(answer_of(first) == write_result::applied);
  base.cut_sessions("ringmaster store");
  // The second one fills the batch: it runs while the first one's flush is still on its way.
  auto second = self->request(store, caf::infinite, fail(1));
  auto third = self->request(store, caf::infinite, fail(2));
  settle();
  CHECK(answer_of(second) == write_result::unavailable);
  CHECK(answer_of(third) == write_result::unavailable);
  while (scheduler.has_pending_timeout()) {
    scheduler.trigger_timeout();
    settle();
  }
  auto fourth = self->request(store, caf::infinite, fail(1));
  settle();
  CHECK(answer_of(fourth) == write_result::applied);
  CHECK(base.status_of(jobs[1]) == "failed");
  caf::anon_send_exit(store, caf::exit_reason::user_shutdown);
  settle();
}
