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
  x.api.act_as({"key 12"}, at(0));
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
  x.api.act_as({"key 13"}, at(50));
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

TEST_CASE("the request and the course of each attempt are kept with it") {
  recorded_world x;
  const auto business = x.make_business("+18001", 1).id;
  x.api.act_as({"key 12", "order-1"}, at(0));
  const auto run = x.make_run(business, x.base.add_leads(business, 1)).run;
  const auto job = x.base.jobs_of(run).front();
  x.base.sql("UPDATE outbound_call_runs SET status = 'running'");
  batch_store store{x.base};
  const attempt_ref first{business, job, token(1)};
  const auto claimed = store.ask(claim(business, run, job, 1, 1, 5));
  REQUIRE(claimed.result == claim_result::claimed);
  CHECK(claimed.request.empty()); // its run's
  CHECK(claimed.course.empty());
  CHECK(store.ask(load_run{business, run}).run.request == "order-1");

  // Put back: the next claim goes on with its course, and is told of even if nothing else is.
  REQUIRE(
      store.ask(requeue_call{first, at(6), at(6), false, "429", {}, "slot 1;put_back +1 429"}) ==
      write_result::applied);
  CHECK(x.api.story_of(business, job)->course == "slot 1;put_back +1 429");
  const attempt_ref second{business, job, token(2)};
  CHECK(store.ask(claim(business, run, job, 1, 2, 7)).course == "slot 1;put_back +1 429");
  REQUIRE(store.ask(requeue_call{second, at(7), at(7), false, "again", {}, {}}) ==
          write_result::applied);
  CHECK(x.api.story_of(business, job)->course == "slot 1;put_back +1 429");

  const attempt_ref third{business, job, token(3)};
  REQUIRE(store.ask(claim(business, run, job, 1, 3, 8)).result == claim_result::claimed);
  REQUIRE(store.ask(mark_calling{third, call_sid{"CA3"}, at(9), {}, "slot 1;post +1"}) ==
          write_result::applied);
  const auto live = store.ask(load_business{business}).live.at(0);
  CHECK(live.request == "order-1");
  CHECK(live.course == "slot 1;post +1");
  CHECK(x.api.story_of(business, job)->attempts.at(0).course == "slot 1;post +1");
  auto end = finish(third, job_status::failed, call_outcome::busy, 20);
  end.course = "slot 1;post +1;busy +2 3";
  REQUIRE(store.ask(end) == write_result::applied);

  x.api.act_as({"key 13", "order-2"}, at(50));
  REQUIRE(x.api.requeue_job(business, job, at(50)));
  const auto again = store.ask(claim(business, run, job, 1, 4, 60));
  CHECK(again.request == "order-2");
  CHECK(again.course.empty());
  // An end without a course keeps what was written before.
  REQUIRE(
      store.ask(mark_calling{{business, job, token(4)}, call_sid{"CA4"}, at(61), {}, "slot 9"}) ==
      write_result::applied);
  REQUIRE(store.ask(finish({business, job, token(4)}, job_status::failed, call_outcome::failed,
                           70)) == write_result::applied);

  const auto story = x.api.story_of(business, job);
  REQUIRE(story);
  CHECK(story->request == "order-2");
  CHECK(story->course.empty());
  REQUIRE(story->attempts.size() == 2);
  CHECK(story->attempts[0].request == "order-1");
  CHECK(story->attempts[0].course == "slot 1;post +1;busy +2 3");
  CHECK(story->attempts[1].request == "order-2");
  CHECK(story->attempts[1].course == "slot 9");
  REQUIRE(story->acts.size() == 2);
  CHECK(story->acts[0].request == "order-1");
  CHECK(story->acts[1].request == "order-2");
  CHECK(x.api.audit(business, 10, "")->items.at(0).request == "order-2");
}

TEST_CASE("a direct call comes of its own request") {
  recorded_world x;
  const auto business = x.make_business("+18001", 1).id;
  batch_store store{x.base};
  open_direct_calls order{business, {}, at(5), {"key 1", "order-9"}};
  order.orders = {{x.base.add_leads(business, 1).front(), slot_number{1}, token(1)}};
  const auto opened = store.ask(order);
  REQUIRE(opened.result == write_result::applied);
  CHECK(opened.calls.at(0).request == "order-9");
  const auto story = x.api.story_of(business, opened.calls.at(0).job);
  CHECK(story->request == "order-9");
  CHECK(story->attempts.at(0).request == "order-9");
}
