// What is kept of a call's course, and the request that stands in its log lines.
#include "actors/course.hpp"
#include "tests/support/actor_world.hpp"

#include <catch2/catch.hpp>

#include <optional>
#include <sstream>

using namespace ringmaster;
using namespace ringmaster::test;

namespace {

std::string course_of(world& w, const char* table = "call_attempts") {
  std::string words;
  const auto stored = w.base.sql(std::string{"SELECT course FROM "} + table)[0][0];
  for (const auto& step : read_course(stored.is_null() ? "" : stored.c_str()))
    words +=
        (words.empty() ? "" : " ") + step.what + (step.detail.empty() ? "" : ":" + step.detail);
  return words;
}

/// Each line that holds `beginning` names the request.
void all_name(const std::string& log, const std::string& beginning, const std::string& request) {
  int lines = 0;
  std::istringstream text{log};
  for (std::string line; std::getline(text, line);) {
    if (line.find(beginning) == std::string::npos) continue;
    ++lines;
    INFO(line);
    CHECK(line.find(" request=" + request) != std::string::npos);
  }
  INFO(beginning);
  CHECK(lines > 0);
}

call_directly_answer call_one(world& w, business_id business, const std::string& request) {
  call_directly order{business, w.base.add_leads(business, 1), {"key 1", request}};
  return w.ask<call_directly_answer>(order);
}

} // namespace

TEST_CASE("each callback of a call is kept, with its number, when the call has ended") {
  world w;
  auto business = w.base.add_business(1);
  call_one(w, business, "order-1");
  auto& call = w.line->last();
  CHECK(course_of(w, "outbound_call_jobs") == "slot post answer:201");
  w.report(call, carrier_status::initiated, 0);
  w.report(call, carrier_status::in_progress, 2);
  w.report(call, carrier_status::ringing, 1); // late, and told as it came
  const auto slots = w.ask<slots_answer>(slots_query{business}).slots;
  CHECK(slots.at(0).course.find(";ringing ") != std::string::npos);
  w.complete(call);
  CHECK(course_of(w).find("slot post answer:201 initiated:0 in-progress:2 ringing:1 completed:") ==
        0);
  CHECK(course_of(w, "outbound_call_jobs").empty());
  all_name(w.log(), "Started call for lead=", "order-1");
}

TEST_CASE("after a crash a call's course goes on with what was written") {
  world w;
  auto business = w.base.add_business(1);
  call_one(w, business, "order-1");
  w.report(w.line->last(), carrier_status::ringing, 1);
  w.crash();
  w.complete(w.line->last());
  // The ringing was only heard: nothing was written for it. The carrier was asked instead.
  CHECK(course_of(w) == "slot post answer:201 look:in-progress completed:3");
}

TEST_CASE("a run's calls come of its request, and one that was put back says why it waited") {
  world w;
  int asked = 0;
  w.line->refuse = [&](const place_call&) -> std::optional<create_reply> {
    if (++asked > 1) return std::nullopt;
    create_reply busy;
    busy.result = line_result::answered;
    busy.http_status = 429;
    return busy;
  };
  auto business = w.base.add_business(1);
  auto run = w.base.add_run(business, w.base.add_leads(business, 1));
  w.base.sql("UPDATE outbound_call_runs SET request_id = 'order-3'");
  w.ask<acknowledged>(run_created{business, run});
  CHECK(course_of(w, "outbound_call_jobs").find("slot post answer:429 put_back:") == 0);
  w.pass(60);
  REQUIRE(w.line->live(business) == 1);
  CHECK(w.line->last().request.request == "order-3");
  w.complete(w.line->last());
  const auto course = course_of(w);
  INFO(course);
  CHECK(course.find("slot post answer:429 put_back:") == 0);
  CHECK(course.rfind(" slot post answer:201 completed:3") != std::string::npos);
  const auto log = w.log();
  for (const auto* line : {"Call not placed for lead=", "Started call for lead="})
    all_name(log, line, "order-3");
}

TEST_CASE("a callback of a call that has ended still names the request") {
  world w;
  auto business = w.base.add_business(1);
  call_one(w, business, "order-1");
  auto& call = w.line->last();
  const call_event late{{business, call.request.attempt.job, call.request.attempt.token},
                        call.sid,
                        carrier_status::ringing,
                        1,
                        0,
                        {},
                        {},
                        0,
                        w.now()};
  w.complete(call);
  auto told = w.ask<event_answer>(late);
  CHECK(told.result == event_result::stale);
  CHECK(told.request == "order-1");
  w.restart(); // it is not remembered any more, and looked up
  told = w.ask<event_answer>(late);
  CHECK(told.result == event_result::stale);
  CHECK(told.request == "order-1");
}
