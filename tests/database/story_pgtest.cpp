#include "tests/support/database_records.hpp"

using namespace ringmaster;
using namespace ringmaster::test;

namespace {

mark_calling named_call(const attempt_ref& attempt, const std::string& sid, std::int64_t seconds) {
  mark_calling x;
  x.attempt = attempt;
  x.sid = call_sid{sid};
  x.at = at(seconds);
  return x;
}

} // namespace

TEST_CASE("a call's story tells its attempts, who had the slot before, and who did what") {
  recorded_world x;
  const auto business = x.make_business("+18001", 1).id;
  const auto other = x.make_business("+18002", 1).id;
  x.api.act_as("key 12", at(0));
  const auto run = x.make_run(business, x.base.add_leads(business, 2)).run;
  const auto jobs = x.base.jobs_of(run);
  x.base.sql("UPDATE outbound_call_runs SET status = 'running'");
  batch_store store{x.base};
  const auto call = [&](job_id job, std::uint64_t number, std::int64_t from, std::int64_t to,
                        job_status end) {
    const attempt_ref attempt{business, job, token(number)};
    REQUIRE(store.ask(claim(business, run, job, 1, number, from)).result == claim_result::claimed);
    REQUIRE(store.ask(named_call(attempt, "CA" + std::to_string(number), from + 1)) ==
            write_result::applied);
    REQUIRE(store.ask(finish(attempt, end, call_outcome::failed, to)) == write_result::applied);
  };
  call(jobs[0], 1, 5, 20, job_status::failed);
  call(jobs[1], 2, 21, 40, job_status::failed);
  x.api.act_as("key 13", at(50));
  REQUIRE(x.api.requeue_job(business, jobs[1], at(50)));
  REQUIRE(store.ask(claim(business, run, jobs[1], 1, 3, 60)).result == claim_result::claimed);

  const auto story = x.api.story_of(business, jobs[1]);
  REQUIRE(story);
  CHECK(story->run == run);
  CHECK(story->status == job_status::dialing);
  CHECK(story->queued_at == at(0));
  REQUIRE(story->attempts.size() == 2);
  const auto& first = story->attempts[0];
  CHECK(first.sid == call_sid{"CA2"});
  CHECK(first.claimed_at == at(21));
  CHECK(first.ended_at == at(40));
  CHECK(first.slot_before == jobs[0]);
  CHECK(first.slot_free_at == at(20));
  CHECK_FALSE(first.named_at); // the job's row is the next attempt's by now
  const auto& second = story->attempts[1];
  CHECK(second.claimed_at == at(60));
  CHECK_FALSE(second.ended_at);
  CHECK(second.slot_before == jobs[1]);
  REQUIRE(story->acts.size() == 2);
  CHECK(story->acts[0].what == "run.create");
  CHECK(story->acts[1].what == "job.requeue");
  CHECK(story->acts[1].who == "key 13");

  const auto ended = x.api.story_of(business, jobs[0]);
  REQUIRE(ended);
  CHECK(ended->attempts.at(0).named_at == at(6));
  CHECK(ended->ended_at == at(20));
  CHECK(ended->acts.size() == 1); // not what was done to another, or later
  CHECK(x.api.story_of(other, jobs[0]).error().code == "job_not_found");
}
