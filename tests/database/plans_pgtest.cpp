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

int uses_of(const std::string& words, const std::string& plan) {
  int uses = 0;
  for (auto at = plan.find(words); at != std::string::npos; at = plan.find(words, at + 1))
    ++uses;
  return uses;
}

// How many jobs one claim looks at when it was first planned while there were two, and since then
// their table has grown.
std::int64_t read_by_a_claim(std::chrono::milliseconds plan_life) {
  database base;
  const auto business = base.add_business(), other = base.add_business();
  const auto run = base.add_run(business, base.add_leads(business, 2));
  const auto jobs = base.jobs_of(run);
  base.sql("ANALYZE");
  // Statistics that come by at their own time would make all plans anew.
  base.sql("ALTER TABLE outbound_call_jobs SET (autovacuum_enabled = off)");
  batch_store store{base, plan_life};
  REQUIRE(store.ask(claim(business, run, jobs[0], 1, 1)).result == claim_result::claimed);
  base.add_run(other, base.add_leads(other, 5000));
  const auto read = [&] {
    pqxx::nontransaction in{store.link.session()};
    in.exec("SELECT pg_stat_force_next_flush()");
    return base.number("SELECT idx_tup_read FROM pg_stat_user_indexes"
                       " WHERE indexrelname = 'outbound_call_jobs_pkey'");
  };
  const auto before = read();
  REQUIRE(store.ask(claim(business, run, jobs[1], 2, 2)).result == claim_result::claimed);
  return read() - before;
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
           " created_at, ended_at) SELECT business_id, " +
           std::to_string(run.value) +
           ", id, phone_e164, CASE WHEN id % 2 = 0 THEN 'completed' ELSE 'queued' END, now(),"
           " CASE WHEN id % 2 = 0 THEN now() END FROM leads");
  base.sql("ANALYZE");
  batch_store store{base};
  REQUIRE(!store.link.open());
  const std::map<std::string, int> hot = {
      {"claim_look", 4},       {"claim", 6},         {"claim_cancel", 3},
      {"claim_lock_slots", 2}, {"call_in_doubt", 5}, {"call_calling", 6},
      {"call_finish", 11},     {"call_requeue", 8},  {"direct_look", 2}};
  for (const auto& [name, parameters] : hot) {
    const auto plan = explain(store.link, name, parameters);
    INFO(name << ":\n" << plan);
    CHECK(plan.find("Nested Loop") != std::string::npos);
    CHECK(plan.find("_pkey") != std::string::npos);
    CHECK(plan.find("Hash Join") == std::string::npos);
    CHECK(plan.find("Merge Join") == std::string::npos);
    CHECK(plan.find("Seq Scan") == std::string::npos);
    // Only the questions for a number's and a business's live calls may use the indexes of those.
    const bool looks = name == "claim_look" || name == "direct_look";
    CHECK((plan.find("live_number") != std::string::npos) == looks);
    // The business's may be found in either index: both hold its live calls and nothing else. A
    // claim asks for its slot's besides.
    CHECK(uses_of("using live_", plan) == (!looks ? 0 : name == "claim_look" ? 4 : 3));
    // Hashed is what is read whole: all live calls of all businesses.
    CHECK(plan.find("hashed") == std::string::npos);
  }
  const auto page = explain(store.link, "run_pages", 5);
  INFO(page);
  CHECK(page.find("using run_queue") != std::string::npos);
  CHECK(page.find("using queue_by_time") != std::string::npos);
  CHECK(page.find("Sort") == std::string::npos);
  const auto live = explain(store.link, "truth_live", 1);
  INFO(live);
  CHECK(live.find("live_slot") != std::string::npos);
}

TEST_CASE("before there are any statistics, too, a call that is to start is looked at alone") {
  database base;
  for (const auto* table : {"leads", "outbound_call_jobs"})
    base.sql(std::string{"ALTER TABLE "} + table + " SET (autovacuum_enabled = off)");
  for (int i = 0; i < 20; ++i) {
    const auto business = base.add_business();
    base.add_run(business, base.add_leads(business, 1000));
  }
  batch_store store{base};
  REQUIRE(!store.link.open());
  for (const auto& [name, parameters] : {std::pair{"claim_look", 4}, {"direct_look", 2}}) {
    const auto plan = explain(store.link, name, parameters);
    INFO(plan);
    CHECK(plan.find("leads_pkey") != std::string::npos);
    CHECK(plan.find("hashed") == std::string::npos);
    CHECK(plan.find("Seq Scan") == std::string::npos);
  }
}

TEST_CASE("a call that gets under way leaves all indexes alone") {
  database base;
  const auto business = base.add_business();
  const auto run = base.add_run(business, base.add_leads(business, 1));
  const auto job = base.jobs_of(run).front();
  batch_store store{base};
  REQUIRE(store.ask(claim(business, run, job, 1, 1)).result == claim_result::claimed);
  const auto updates = [&](const std::string& which) {
    pqxx::nontransaction in{store.link.session()};
    in.exec("SELECT pg_stat_force_next_flush()");
    return base.number("SELECT " + which +
                       " FROM pg_stat_user_tables"
                       " WHERE relname = 'outbound_call_jobs'");
  };
  const auto all = updates("n_tup_upd"), apart = updates("n_tup_hot_upd");
  const attempt_ref attempt{business, job, token(1)};
  REQUIRE(store.ask(mark_in_doubt{attempt, at(1), "no answer"}) == write_result::applied);
  REQUIRE(store.ask(mark_calling{attempt, call_sid{"CA1"}, at(2)}) == write_result::applied);
  CHECK(updates("n_tup_upd") - all == 2);
  CHECK(updates("n_tup_hot_upd") - apart == 2);
}

TEST_CASE("a plan made while there were few jobs is not kept when there are many") {
  CHECK(read_by_a_claim(std::chrono::hours{1}) > 5000); // that is why
  CHECK(read_by_a_claim(std::chrono::milliseconds{0}) < 50);
}
