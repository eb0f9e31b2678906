#include "tests/support/database_store.hpp"

#include <catch2/catch.hpp>

#include <map>

using namespace ringmaster;
using namespace ringmaster::test;

namespace {

// So many NULLs stand for the parameters; the plan is the generic one.
std::string explain(db::connection& link, const std::string& name, int parameters) {
  std::string nulls;
  for (int i = 0; i < parameters; ++i)
    nulls += i == 0 ? "NULL" : ", NULL";
  std::string plan;
  for (const auto& each : db::store_statements())
    if (each.name == name) {
      pqxx::work in{link.session()};
      in.exec("PREPARE looked_at AS " + each.sql);
      for (const auto& row : in.exec("EXPLAIN EXECUTE looked_at(" + nulls + ")"))
        plan += row[0].as<std::string>() + "\n";
      in.exec("DEALLOCATE looked_at");
    }
  return plan;
}

} // namespace

TEST_CASE("the hot statements find their rows one by one through the primary key") {
  database base;
  const auto business = base.add_business();
  const auto run = base.add_run(business, {});
  const auto owner = std::to_string(business.value);
  // Much history and nothing live: what misleads the planner most.
  base.sql("INSERT INTO leads (business_id, phone_e164, created_at) SELECT " + owner +
           ", '+1555' || n, now() FROM generate_series(1, 20000) n");
  base.sql("INSERT INTO outbound_call_jobs (business_id, run_id, lead_id, phone_e164, status,"
           " created_at) SELECT business_id, " +
           std::to_string(run.value) +
           ", id, phone_e164, CASE WHEN id % 2 = 0 THEN 'completed' ELSE 'queued' END, now()"
           " FROM leads");
  base.sql("ANALYZE");
  batch_store store{base};
  REQUIRE(!store.link.open());
  const std::map<std::string, int> hot = {
      {"claim_look", 2},       {"claim", 6},         {"claim_cancel", 3}, {"claim_lock_runs", 2},
      {"claim_lock_slots", 2}, {"call_in_doubt", 5}, {"call_calling", 5}, {"call_finish", 10},
      {"call_requeue", 7}};
  for (const auto& [name, parameters] : hot) {
    const auto plan = explain(store.link, name, parameters);
    INFO(name << ":\n" << plan);
    CHECK(plan.find("Nested Loop") != std::string::npos);
    CHECK(plan.find("_pkey") != std::string::npos);
    CHECK(plan.find("Hash Join") == std::string::npos);
    CHECK(plan.find("Merge Join") == std::string::npos);
    CHECK(plan.find("Seq Scan") == std::string::npos);
    // Only the questions for a number's and a business's live calls may use the indexes of those.
    CHECK((plan.find("live_number") != std::string::npos) == (name == "claim_look"));
    CHECK((plan.find("live_slot") != std::string::npos) == (name == "claim_look"));
  }
  const auto page = explain(store.link, "run_page", 5);
  INFO(page);
  CHECK(page.find("run_queue") != std::string::npos);
  const auto live = explain(store.link, "truth_live", 1);
  INFO(live);
  CHECK(live.find("live_slot") != std::string::npos);
}
