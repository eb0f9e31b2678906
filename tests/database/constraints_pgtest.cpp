#include "tests/support/database_store.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;
using namespace ringmaster::test;

namespace {

// What a broken program might write: a live call, whatever the actors' book says.
std::string force_live(job_id job, int slot) {
  return "UPDATE outbound_call_jobs SET status = 'dialing', slot = " + std::to_string(slot) +
         ", dial_lock_token = gen_random_uuid(), dial_started_at = now() WHERE id = " +
         std::to_string(job.value);
}

} // namespace

TEST_CASE("PostgreSQL itself refuses a fourth live call") {
  database base;
  const auto business = base.add_business(3);
  const auto jobs = base.jobs_of(base.add_run(business, base.add_leads(business, 4)));
  for (int i = 0; i < 3; ++i)
    base.sql(force_live(jobs[static_cast<std::size_t>(i)], i + 1));
  for (int slot = 1; slot <= 3; ++slot)
    CHECK_THROWS_AS(base.sql(force_live(jobs[3], slot)), pqxx::unique_violation);
  CHECK_THROWS_AS(base.sql(force_live(jobs[3], 4)), pqxx::foreign_key_violation);
  CHECK(base.number("SELECT count(*) FROM outbound_call_jobs WHERE slot IS NOT NULL") == 3);
}

TEST_CASE("PostgreSQL itself refuses a second live call to one number") {
  database base;
  const auto business = base.add_business(3);
  const auto one = base.add_lead(business, "+15551"), two = base.add_lead(business, "+15551");
  const auto jobs = base.jobs_of(base.add_run(business, {one, two}));
  base.sql(force_live(jobs[0], 1));
  CHECK_THROWS_AS(base.sql(force_live(jobs[1], 2)), pqxx::unique_violation);
}

TEST_CASE("a live call always holds a slot, and only a live call does") {
  database base;
  const auto business = base.add_business(3);
  const auto job = base.jobs_of(base.add_run(business, base.add_leads(business, 1))).front();
  const auto where = " WHERE id = " + std::to_string(job.value);
  CHECK_THROWS_AS(base.sql("UPDATE outbound_call_jobs SET status = 'dialing'" + where),
                  pqxx::check_violation);
  CHECK_THROWS_AS(base.sql("UPDATE outbound_call_jobs SET slot = 1" + where),
                  pqxx::check_violation);
  base.sql(force_live(job, 1));
  CHECK_THROWS_AS(base.sql("UPDATE outbound_call_jobs SET status = 'completed'" + where),
                  pqxx::check_violation);
  CHECK_THROWS_AS(base.sql("UPDATE outbound_call_jobs SET ended_at = now()" + where),
                  pqxx::check_violation);
  CHECK_THROWS_AS(base.sql("DELETE FROM call_slots WHERE slot = 1"), pqxx::foreign_key_violation);
}

TEST_CASE("two businesses may call the same number at once") {
  database base;
  for (int i = 0; i < 2; ++i) {
    const auto business = base.add_business(1);
    const auto lead = base.add_lead(business, "+15551");
    base.sql(force_live(base.jobs_of(base.add_run(business, {lead})).front(), 1));
  }
  CHECK(base.number("SELECT count(*) FROM outbound_call_jobs WHERE status = 'dialing'") == 2);
}

TEST_CASE("the operators' SQL runs as it stands") {
  database base;
  batch_store store{base};
  const auto business = base.add_business(3);
  const auto run = base.add_run(business, base.add_leads(business, 5));
  const auto jobs = base.jobs_of(run);
  for (int i = 0; i < 2; ++i)
    store.ask(claim(business, run, jobs[static_cast<std::size_t>(i)], i + 1, 10u + i));
  store.ask(mark_calling{{business, jobs[1], token(11)}, call_sid{"CA1"}, at(1)});

  const auto active = base.sql("SELECT \n    business_id,\n    COUNT(*) as active_count,\n"
                               "    GROUP_CONCAT(status) as statuses\nFROM outbound_call_jobs\n"
                               "WHERE status IN ('dialing', 'calling')\nGROUP BY business_id;");
  REQUIRE(active.size() == 1);
  CHECK(active[0][1].as<int>() == 2);
  const auto statuses = active[0][2].as<std::string>();
  CHECK((statuses == "dialing,calling" || statuses == "calling,dialing"));

  const auto progress = base.sql("\nSELECT \n    status, \n    COUNT(*) as count \nFROM "
                                 "outbound_call_jobs \nWHERE run_id = " +
                                 std::to_string(run.value) + " \nGROUP BY status;\n");
  CHECK(progress.size() == 3);

  CHECK(base.sql("SELECT \n    lead_id,\n    COUNT(*) as call_count,\n"
                 "    GROUP_CONCAT(call_sid) as call_sids\nFROM outbound_call_jobs\n"
                 "WHERE run_id = " +
                 std::to_string(run.value) + "\nGROUP BY lead_id\nHAVING COUNT(*) > 1;")
            .empty());
  CHECK(base.text("SELECT group_concat(call_sid) FROM outbound_call_jobs") == "CA1");
  CHECK(base.text("SELECT group_concat(id) FROM outbound_call_jobs WHERE id < 0").empty());
}
