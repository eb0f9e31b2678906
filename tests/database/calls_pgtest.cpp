#include "tests/support/database_store.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;
using namespace ringmaster::test;

namespace {

// One business with a run of three; the first job is dialing in slot 1 under token 1.
struct live_business {
  live_business()
      : business(base.add_business()), run(base.add_run(business, base.add_leads(business, 3))),
        jobs(base.jobs_of(run)), store(base) {
    REQUIRE(store.ask(claim(business, run, jobs[0], 1, 1)).result == claim_result::claimed);
  }

  attempt_ref attempt(std::uint64_t token_number = 1) const {
    return {business, jobs[0], token(token_number)};
  }
  std::string field(const std::string& name) {
    return base.text("SELECT " + name +
                     " FROM outbound_call_jobs WHERE id = " + std::to_string(jobs[0].value));
  }
  std::string counters() {
    return base.text("SELECT total || ' ' || completed || ' ' || failed || ' ' || cancelled"
                     " FROM outbound_call_runs");
  }

  database base;
  business_id business;
  run_id run;
  std::vector<job_id> jobs;
  batch_store store;
};

} // namespace

TEST_CASE("the carrier's name makes a dialing job calling") {
  live_business x;
  CHECK(x.store.ask(mark_calling{x.attempt(), call_sid{"CA1"}, at(2)}) == write_result::applied);
  CHECK(x.field("status") == "calling");
  CHECK(x.field("call_sid") == "CA1");
  CHECK(x.field("calling_at") == "2026-03-01 12:00:02+00");
  // Told twice it says the same; another name or an older token changes nothing.
  CHECK(x.store.ask(mark_calling{x.attempt(), call_sid{"CA1"}, at(3)}) == write_result::applied);
  CHECK(x.store.ask(mark_calling{x.attempt(), call_sid{}, at(3)}) == write_result::applied);
  CHECK(x.store.ask(mark_calling{x.attempt(), call_sid{"CA2"}, at(3)}) == write_result::stale);
  CHECK(x.store.ask(mark_calling{x.attempt(2), call_sid{"CA1"}, at(3)}) == write_result::stale);
  CHECK(x.field("call_sid") == "CA1");
  CHECK(x.field("calling_at") == "2026-03-01 12:00:02+00");
}

TEST_CASE("in doubt is a mark on a dialing job and goes when the call is found") {
  live_business x;
  CHECK(x.store.ask(mark_in_doubt{x.attempt(2), at(5), "timeout"}) == write_result::stale);
  CHECK(x.store.ask(mark_in_doubt{x.attempt(), at(5), "timeout"}) == write_result::applied);
  CHECK(x.field("status") == "dialing");
  CHECK(x.field("in_doubt_since") == "2026-03-01 12:00:05+00");
  CHECK(x.store.ask(mark_in_doubt{x.attempt(), at(9), "again"}) == write_result::applied);
  CHECK(x.field("in_doubt_since") == "2026-03-01 12:00:05+00");
  CHECK(x.store.ask(mark_calling{x.attempt(), call_sid{"CA1"}, at(6)}) == write_result::applied);
  CHECK(x.field("in_doubt_since").empty());
  CHECK(x.store.ask(mark_in_doubt{x.attempt(), at(7), "late"}) == write_result::stale);
}

TEST_CASE("a finished call frees its slot, keeps its history and is counted, all at once") {
  live_business x;
  auto end = finish(x.attempt(), job_status::completed, call_outcome::answered, 30);
  end.sid = call_sid{"CA1"};
  end.answered_at = at(10);
  end.duration_s = 20;
  CHECK(x.store.ask(end) == write_result::applied);
  CHECK(x.field("status") == "completed");
  CHECK(x.field("slot").empty());
  CHECK(x.field("outcome") == "answered");
  CHECK(x.field("duration_s") == "20");
  CHECK(x.counters() == "3 1 0 0");
  const auto history = x.base.sql("SELECT attempt, dial_lock_token, call_sid, slot, outcome,"
                                  " started_at, answered_at, ended_at, duration_s, run_id"
                                  " FROM call_attempts");
  REQUIRE(history.size() == 1);
  CHECK(history[0][0].as<int>() == 1);
  CHECK(history[0][1].as<std::string>() == token(1).text());
  CHECK(history[0][2].as<std::string>() == "CA1");
  CHECK(history[0][3].as<int>() == 1);
  CHECK(history[0][4].as<std::string>() == "answered");
  CHECK(history[0][5].as<std::string>() == "2026-03-01 12:00:00+00");
  CHECK(history[0][7].as<std::string>() == "2026-03-01 12:00:30+00");

  // Terminal absorbs.
  CHECK(x.store.ask(end) == write_result::stale);
  CHECK(x.store.ask(mark_calling{x.attempt(), call_sid{"CA1"}, at(40)}) == write_result::stale);
  CHECK(x.store.ask(requeue_call{x.attempt(), at(40), at(50), true, ""}) == write_result::stale);
  CHECK(x.counters() == "3 1 0 0");
  CHECK(x.store.ask(claim(x.business, x.run, x.jobs[1], 1, 2)).result == claim_result::claimed);
}

TEST_CASE("a finish needs the attempt's own token and a terminal status") {
  live_business x;
  CHECK(x.store.ask(finish(x.attempt(2), job_status::failed, call_outcome::busy)) ==
        write_result::stale);
  CHECK(x.store.ask(finish(x.attempt(), job_status::queued, caf::none)) == write_result::stale);
  CHECK(x.store.ask(finish({x.business, x.jobs[1], token(1)}, job_status::failed,
                           call_outcome::busy)) == write_result::stale);
  CHECK(x.field("status") == "dialing");
  CHECK(x.counters() == "3 0 0 0");
}

TEST_CASE("a call's name that comes after its end is kept") {
  live_business x;
  CHECK(x.store.ask(finish(x.attempt(), job_status::failed, call_outcome::busy)) ==
        write_result::applied);
  CHECK(x.store.ask(mark_calling{x.attempt(2), call_sid{"CA8"}, at(70)}) == write_result::stale);
  CHECK(x.field("call_sid").empty());
  CHECK(x.store.ask(mark_calling{x.attempt(), call_sid{"CA9"}, at(70)}) == write_result::stale);
  CHECK(x.field("call_sid") == "CA9");
  CHECK(x.field("status") == "failed");
  CHECK(x.base.text("SELECT call_sid FROM call_attempts") == "CA9");
  CHECK(x.store.ask(mark_calling{x.attempt(), call_sid{"CA10"}, at(70)}) == write_result::stale);
  CHECK(x.field("call_sid") == "CA9");
}

TEST_CASE("a requeued job waits for another attempt") {
  live_business x;
  SECTION("an attempt that counts stays in the history") {
    CHECK(x.store.ask(requeue_call{x.attempt(), at(5), at(65), true, "busy"}) ==
          write_result::applied);
    CHECK(x.field("attempts") == "1");
    CHECK(x.base.number("SELECT count(*) FROM call_attempts") == 1);
  }
  SECTION("waiting for capacity is not an attempt") {
    CHECK(x.store.ask(requeue_call{x.attempt(), at(5), at(65), false, "429"}) ==
          write_result::applied);
    CHECK(x.field("attempts") == "0");
    CHECK(x.base.number("SELECT count(*) FROM call_attempts") == 0);
  }
  CHECK(x.field("status") == "queued");
  CHECK(x.field("slot").empty());
  CHECK(x.field("dial_lock_token").empty());
  CHECK(x.field("next_attempt_at") == "2026-03-01 12:01:05+00");
  CHECK(x.counters() == "3 0 0 0");
  // The old attempt's token moves nothing any more.
  CHECK(x.store.ask(finish(x.attempt(), job_status::failed, call_outcome::busy)) ==
        write_result::stale);
  CHECK(x.store.ask(mark_calling{x.attempt(), call_sid{"CA1"}, at(6)}) == write_result::stale);
}

TEST_CASE("a job that waits again dials the number that its lead has by then") {
  live_business x;
  const auto dialled = x.field("phone_e164");
  SECTION("corrected") {
    x.base.sql("UPDATE leads SET phone_e164 = '+4930123' WHERE id = " + x.field("lead_id"));
    CHECK(x.store.ask(requeue_call{x.attempt(), at(5), at(65), true, "busy"}) ==
          write_result::applied);
    CHECK(x.field("status") == "queued");
    CHECK(x.field("phone_e164") == "+4930123");
    CHECK(x.counters() == "3 0 0 0");
  }
  SECTION("corrected to one that the run calls anyway") {
    x.base.sql("UPDATE leads SET phone_e164 = (SELECT phone_e164 FROM outbound_call_jobs WHERE id ="
               " " +
               std::to_string(x.jobs[1].value) + ") WHERE id = " + x.field("lead_id"));
    CHECK(x.store.ask(requeue_call{x.attempt(), at(5), at(65), true, "busy"}) ==
          write_result::applied);
    CHECK(x.field("status") == "cancelled");
    CHECK(x.field("error") == "another lead of the run has this number");
    CHECK(x.counters() == "3 0 0 1");
  }
  CHECK(x.base.text("SELECT phone_e164 FROM call_attempts") == dialled);
}

TEST_CASE("a requeue in a run that has ended cancels the job") {
  live_business x;
  x.store.ask(control_run{x.business, x.run, run_verb::stop, at(3), ""});
  CHECK(x.store.ask(requeue_call{x.attempt(), at(5), at(65), true, "busy"}) ==
        write_result::applied);
  CHECK(x.field("status") == "cancelled");
  CHECK(x.counters() == "3 0 0 3");
  CHECK(x.base.number("SELECT count(*) FROM call_attempts") == 1);
}

TEST_CASE("a job that can't be worked on fails by itself") {
  live_business x;
  CHECK(x.store.ask(fail_job{x.business, x.jobs[1], "a bug", at(1)}) == write_result::applied);
  CHECK(x.store.ask(fail_job{x.business, x.jobs[1], "a bug", at(1)}) == write_result::stale);
  CHECK(x.store.ask(fail_job{x.business, x.jobs[0], "a bug", at(1)}) == write_result::stale);
  CHECK(x.base.status_of(x.jobs[1]) == "failed");
  CHECK(x.field("status") == "dialing");
  CHECK(x.counters() == "3 0 1 0");
}

TEST_CASE("several events of one attempt in a batch are folded") {
  live_business x;
  db::store_batch batch;
  add(batch.finishes, finish(x.attempt(), job_status::completed, call_outcome::answered));
  add(batch.finishes, finish(x.attempt(), job_status::failed, call_outcome::busy));
  add(batch.requeues, requeue_call{x.attempt(), at(5), at(65), true, "busy"});
  add(batch.callings, mark_calling{x.attempt(), call_sid{"CA1"}, at(2)});
  add(batch.callings, mark_calling{x.attempt(), call_sid{"CA1"}, at(2)});
  add(batch.callings, mark_calling{x.attempt(), call_sid{"CA2"}, at(2)});
  add(batch.doubts, mark_in_doubt{x.attempt(), at(1), "timeout"});
  x.store.commit(batch);
  CHECK(batch.doubts[0].answer.result == write_result::applied);
  CHECK(batch.callings[0].answer.result == write_result::applied);
  CHECK(batch.callings[1].answer.result == write_result::applied);
  CHECK(batch.callings[2].answer.result == write_result::stale);
  CHECK(batch.finishes[0].answer.result == write_result::applied);
  CHECK(batch.finishes[1].answer.result == write_result::stale);
  CHECK(batch.requeues[0].answer.result == write_result::stale);
  CHECK(x.field("status") == "completed");
  CHECK(x.field("call_sid") == "CA1");
  CHECK(x.counters() == "3 1 0 0");
  CHECK(x.base.number("SELECT count(*) FROM call_attempts") == 1);
}

TEST_CASE("text from outside can't break a batch") {
  live_business x;
  using namespace std::string_literals;
  db::store_batch batch;
  add(batch.doubts, mark_in_doubt{x.attempt(), at(1),
                                  "nul \0 bad utf-8 \xff\xc3 \"{,}\\"s + std::string(10'000, 'x')});
  auto end = finish(x.attempt(), job_status::failed, call_outcome::failed);
  end.sid = call_sid{std::string(400, 'S')};
  end.error = "\xed\xa0\x80 {\"a\",NULL}";
  end.duration_s = -5;
  end.ended_at = time_point::max();
  add(batch.finishes, end);
  add(batch.finishes,
      finish({x.business, x.jobs[1], dial_token{}}, job_status::failed, call_outcome::busy));
  add(batch.callings, mark_calling{{x.business, job_id{-7}, token(1)}, call_sid{"CA1"}, at(1)});
  x.store.commit(batch);
  CHECK(batch.doubts[0].answer.result == write_result::applied);
  CHECK(batch.finishes[0].answer.result == write_result::applied);
  CHECK(batch.finishes[1].answer.result == write_result::stale);
  CHECK(batch.callings[0].answer.result == write_result::stale);
  CHECK(x.field("error") == "??? {\"a\",NULL}");
  CHECK(x.field("length(call_sid)") == "128");
}
