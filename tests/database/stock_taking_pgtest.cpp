// After a backup was restored: which calls are written down, and what waits for a person.
#include "db/home.hpp"
#include "db/stock_taking.hpp"
#include "tests/support/database_store.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;
using namespace ringmaster::test;

namespace {

struct restored_business {
  database base;
  business_id business = base.add_business();
  std::vector<lead_id> leads = base.add_leads(business, 3);
  run_id run = base.add_run(business, leads);
  std::vector<job_id> jobs = base.jobs_of(run);
  batch_store store{base};
  db::connection link = db::stock_session(base.url());

  phone_number caller() { return phone_number{base.text("SELECT phone_e164 FROM businesses")}; }
  phone_number number_of(job_id job) {
    return phone_number{base.text("SELECT phone_e164 FROM outbound_call_jobs WHERE id = " +
                                  std::to_string(job.value))};
  }
  carrier_call call_to(job_id job, const char* sid, carrier_status status) {
    carrier_call call;
    call.sid = call_sid{sid};
    call.status = status;
    call.from = caller();
    call.to = number_of(job);
    call.direction = "outbound-api";
    call.created_at = at(100);
    if (is_terminal(status)) call.ended_at = at(130);
    call.duration_s = 30;
    return call;
  }
  db::stock take(const std::vector<carrier_call>& calls) {
    const auto found = db::take_stock(link, calls, at(1'000));
    if (!found) throw std::runtime_error(found.error().message);
    return *found;
  }
  std::string job(job_id id) {
    return base.text("SELECT concat_ws(' ', status, outcome, call_sid, attempts, slot) FROM"
                     " outbound_call_jobs WHERE id = " +
                     std::to_string(id.value));
  }
};

} // namespace

TEST_CASE("a queued job that the carrier has called ends as it ended there") {
  restored_business s;
  const auto found = s.take({s.call_to(s.jobs[0], "CA1", carrier_status::completed),
                             s.call_to(s.jobs[1], "CA2", carrier_status::busy)});
  CHECK(found.unknown == 2);
  CHECK(found.settled == 2);
  CHECK(found.unclear == 0);
  CHECK(s.job(s.jobs[0]) == "completed answered CA1 1");
  CHECK(s.job(s.jobs[1]) == "failed busy CA2 1");
  CHECK(s.job(s.jobs[2]) == "queued 0");
  CHECK(s.base.text("SELECT concat_ws(' ', status, total, completed, failed)"
                    " FROM outbound_call_runs") == "paused 3 1 1");
  CHECK(s.base.number("SELECT count(*) FROM call_attempts WHERE duration_s = 30") == 2);
}

TEST_CASE("numbers are compared by their digits") {
  restored_business s;
  auto call = s.call_to(s.jobs[0], "CA1", carrier_status::completed);
  call.to.value.insert(2, " (").append(" ");
  CHECK(s.take({call}).settled == 1);
}

TEST_CASE("a call that the database knows, or that somebody else made, changes nothing") {
  restored_business s;
  const attempt_ref attempt{s.business, s.jobs[0], token(1)};
  REQUIRE(s.store.ask(claim(s.business, s.run, s.jobs[0], 1, 1)).result == claim_result::claimed);
  s.store.ask(mark_calling{attempt, call_sid{"CA1"}, at(1), {}});
  auto inbound = s.call_to(s.jobs[1], "CA2", carrier_status::completed);
  inbound.direction = "inbound";
  const auto found = s.take({s.call_to(s.jobs[0], "CA1", carrier_status::completed), inbound});
  CHECK(found.unknown == 0);
  CHECK(s.job(s.jobs[0]) == "calling CA1 1 1"); // the reconciler asks for it
  CHECK(s.job(s.jobs[1]) == "queued 0");
}

TEST_CASE("a job that was being dialled gets its call's name and is never queued again") {
  restored_business s;
  REQUIRE(s.store.ask(claim(s.business, s.run, s.jobs[0], 1, 1, 90)).result ==
          claim_result::claimed);
  const auto found = s.take({s.call_to(s.jobs[0], "CA1", carrier_status::completed)});
  CHECK(found.adopted == 1);
  CHECK(found.settled + found.unclear == 0);
  CHECK(s.job(s.jobs[0]) == "calling CA1 1 1");
}

TEST_CASE("what is not certain waits for a person") {
  restored_business s;
  const auto other = s.base.add_run(s.business, {s.leads[0]});
  auto unknown_caller = s.call_to(s.jobs[1], "CA2", carrier_status::completed);
  unknown_caller.from = phone_number{"+19995550100"};
  const auto found = s.take({s.call_to(s.jobs[0], "CA1", carrier_status::completed), unknown_caller,
                             s.call_to(s.jobs[2], "CA3", carrier_status::ringing)});
  CHECK(found.settled == 0);
  CHECK(found.unclear == 4);
  CHECK(found.live == 1);
  for (const auto job : {s.jobs[0], s.base.jobs_of(other)[0]})
    CHECK(s.job(job) == "failed in_doubt CA1 1");
  CHECK(s.job(s.jobs[1]) == "failed in_doubt CA2 1");
  CHECK(s.job(s.jobs[2]) == "failed in_doubt CA3 1");
  // It takes one of the slots, and is hung up.
  const auto strays = s.store.ask(load_business{s.business}).strays;
  REQUIRE(strays.size() == 1);
  CHECK(strays[0].sid.value == "CA3");
}

TEST_CASE("another business's call to the same number says nothing of ours") {
  restored_business s;
  const auto other = s.base.add_business();
  auto call = s.call_to(s.jobs[0], "CA1", carrier_status::completed);
  call.from.value =
      s.base.text("SELECT phone_e164 FROM businesses WHERE id = " + std::to_string(other.value));
  CHECK(s.take({call}).settled == 0);
  CHECK(s.job(s.jobs[0]) == "queued 0");
}

TEST_CASE("direct calls that waited are withdrawn, ids go on with a gap, and it is told") {
  restored_business s;
  const auto direct = s.base.add_job(s.business, run_id{}, s.leads[0]);
  const auto last = s.base.number("SELECT last_value FROM job_ids");
  CHECK(s.take({}).withdrawn == 1);
  CHECK(s.base.status_of(direct) == "cancelled");
  CHECK(s.base.number("SELECT nextval('job_ids')") > last + 1'000'000);
  CHECK(s.base.text("SELECT string_agg(what, ' ' ORDER BY id) FROM audit_log") ==
        "run.pause database.restored");
}

TEST_CASE("a large run's missing jobs are made first: they may have been called") {
  restored_business s;
  const auto later = s.base.add_leads(s.business, 2);
  s.base.sql("UPDATE outbound_call_runs SET total = 5, selection_open = true, selection_cursor = 0,"
             " selected_leads = ARRAY(SELECT id FROM leads ORDER BY id)");
  REQUIRE(db::make_missing_jobs(s.link, at(900)));
  CHECK(s.base.number("SELECT count(*) FROM outbound_call_jobs WHERE lead_id = " +
                      std::to_string(later[1].value)) == 1);
  const auto jobs = s.base.jobs_of(s.run);
  CHECK(s.take({s.call_to(jobs.back(), "CA1", carrier_status::completed)}).settled == 1);
}

TEST_CASE("the carrier is asked from before the oldest call under way") {
  restored_business s;
  s.base.sql("UPDATE outbound_call_runs SET created_at = '1970-01-01 00:01:00+00'");
  CHECK(**db::news_since(s.link) == time_point{});
  REQUIRE(s.store.ask(claim(s.business, s.run, s.jobs[0], 1, 1, 500)).result ==
          claim_result::claimed);
  REQUIRE(s.store.ask(claim(s.business, s.run, s.jobs[1], 2, 2, 300)).result ==
          claim_result::claimed);
  CHECK(**db::news_since(s.link) == at(300) - seconds{60});
}

TEST_CASE("a copy of a database is told from itself until stock was taken") {
  restored_business s; // a copy of the tests' template
  CHECK(db::is_at_home(s.base.url()).error().code == "database_copied");
  s.take({});
  CHECK(db::is_at_home(s.base.url()));
  REQUIRE(db::make_missing_jobs(s.link, at(2'000))); // the next time begins
  CHECK_FALSE(db::is_at_home(s.base.url()));
}
