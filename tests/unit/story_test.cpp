#include "actors/course.hpp"
#include "net/api/story.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;
using namespace ringmaster::net::api;

namespace {

time_point at(std::int64_t s) {
  return time_point{std::chrono::hours{500'000}} + seconds{s};
}

std::string told(const call_story& story) {
  std::string text;
  for (const auto& event : story_events(story))
    text += (text.empty() ? "" : " ") + event["what"].get<std::string>();
  return text;
}

call_story ended_call() {
  call_story story;
  story.job = job_id{9};
  story.run = run_id{7};
  story.status = job_status::completed;
  story.queued_at = at(0);
  story.run_started_at = at(1);
  story_attempt one;
  one.attempt = 1;
  one.sid = call_sid{"CA1"};
  one.slot = slot_number{2};
  one.outcome = call_outcome::answered;
  one.claimed_at = at(20);
  one.named_at = at(21);
  one.answered_at = at(30);
  one.ended_at = story.ended_at = at(50);
  one.duration_s = 20;
  one.slot_before = job_id{4};
  one.slot_free_at = at(19);
  story.attempts = {one};
  return story;
}

} // namespace

TEST_CASE("a call's story goes from the queue over its slot to its end, in the order of time") {
  const auto story = ended_call();
  CHECK(told(story) == "queued run_started slot_free claimed named answered ended finished");
  const auto events = story_events(story);
  CHECK(events[2]["detail"]["held_by_job_id"] == 4);
  CHECK(events[3]["detail"]["waited_s"] == 20.0);
  CHECK(events[3]["detail"]["waited_for"] == "slot");
  CHECK(events[4]["detail"]["call_sid"] == "CA1");
  CHECK(events[4]["detail"]["after_claim_s"] == 1.0);
  CHECK(events[6]["detail"]["outcome"] == "answered");
  CHECK(events[6]["attempt"] == 1);
  CHECK(events[7]["detail"]["status"] == "completed");
}

TEST_CASE("a slot that was free before the job came is not what it waited for") {
  auto story = ended_call();
  story.attempts[0].slot_free_at = at(-5);
  CHECK(told(story) == "queued run_started claimed named answered ended finished");
  CHECK(story_events(story)[2]["detail"]["waited_for"].is_null());
}

TEST_CASE("what people did stands between, under their names") {
  auto story = ended_call();
  story.acts = {{at(0), "key 12", "run.create", "{}"}, {at(5), "console uid=0", "run.pause", "{}"}};
  CHECK(told(story) ==
        "queued run.create run_started run.pause slot_free claimed named answered ended finished");
  CHECK(story_events(story)[3]["by"] == "console uid=0");
}

TEST_CASE("a second attempt waits from the first one's end, and an open one has none") {
  auto story = ended_call();
  story.status = job_status::dialing;
  story.ended_at.reset();
  story.attempts[0].outcome = call_outcome::busy;
  story_attempt again;
  again.attempt = 2;
  again.claimed_at = at(110);
  again.in_doubt_since = at(112);
  story.attempts.push_back(again);
  CHECK(told(story) ==
        "queued run_started slot_free claimed named answered ended claimed in_doubt");
  CHECK(story_events(story)[7]["detail"]["waited_s"] == 60.0);
}

TEST_CASE("the steps of its course stand between, each callback with its number") {
  auto story = ended_call();
  story.request = "order-7";
  course way;
  way.add("slot", at(19));
  way.add("post", at(20));
  way.add("put_back", at(20), "429");
  way.add("slot", at(19) + microseconds{500'000});
  way.add("post", at(20) + microseconds{1});
  way.add("answer", at(21), "201");
  way.add("ringing", at(25), "1");
  way.add("script", at(30));
  way.add("completed", at(50), "3");
  story.attempts[0].course = way.text();
  story.attempts[0].request = "order-7";
  CHECK(told(story) == "queued run_started slot_free slot_granted slot_granted posted put_back "
                       "claimed posted carrier_answer named callback script_asked answered "
                       "callback ended finished");
  const auto events = story_events(story);
  const auto claimed = events[7];
  CHECK(claimed["request_id"] == "order-7");
  CHECK(claimed["detail"]["pace_s"] == 0.5); // since the slot that this claim used was granted
  CHECK(events[9]["detail"]["http_status"] == "201");
  CHECK(events[11]["detail"]["status"] == "ringing");
  CHECK(events[11]["detail"]["sequence"] == "1");
  CHECK(events[14]["at"] == events[15]["at"]);
}

TEST_CASE("a job that waits tells how it was put back") {
  call_story story;
  story.job = job_id{9};
  story.queued_at = at(0);
  course way;
  way.add("slot", at(1));
  way.add("put_back", at(2), "no connection");
  story.course = way.text();
  CHECK(told(story) == "queued slot_granted put_back");
  CHECK(story_events(story)[2]["detail"]["reason"] == "no connection");
}
