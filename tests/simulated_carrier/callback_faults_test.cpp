// Each switch that concerns callbacks, queue and answers: with probability 1 it does what README.md
// tells, and at 0 (call_engine_test.cpp) nothing of it is seen.
#include "tests/simulated_carrier/engine_world.hpp"

#include "net/simulated_carrier/carrier_time.hpp"

#include <algorithm>
#include <set>

using namespace ringmaster;
using namespace ringmaster::net::sim;

namespace {

const texts usual{"initiated", "ringing", "in-progress", "completed"};

/// A world in which one call with these switches on has lived for `span`.
struct lived : engine_world {
  explicit lived(const texts& switches, microseconds span = seconds{20},
                 engine_settings settings = plain_settings(), call_request wanted = request())
      : engine_world(std::move(settings)) {
    for (const auto& s : switches)
      set(s);
    sid = create(std::move(wanted)).sid;
    pass(span);
  }
  std::string sid;
};

std::size_t count_forged(const lived& w) {
  return static_cast<std::size_t>(
      std::count_if(w.inbox.begin(), w.inbox.end(), [](const auto& r) { return r.what.forged(); }));
}

} // namespace

TEST_CASE("duplicates: the same token, a new one, or much later") {
  lived same({"duplicate_same_token=1"});
  REQUIRE(same.of(webhook_kind::status).size() == 8);
  auto all = same.of(webhook_kind::status);
  CHECK(all[0].what.token == all[1].what.token);
  CHECK(all[0].what.fields == all[1].what.fields);

  lived fresh({"duplicate_new_token=1"});
  all = fresh.of(webhook_kind::status);
  REQUIRE(all.size() == 8);
  CHECK(all[0].what.token != all[1].what.token);
  CHECK(all[0].what.fields == all[1].what.fields);

  lived late({"duplicate_late=1"}, seconds{3'600});
  all = late.of(webhook_kind::status);
  REQUIRE(all.size() == 8);
  CHECK(all[7].field("CallStatus") == "completed");
  CHECK(all[7].at - all[3].at == seconds{1'800});
}

TEST_CASE("inline TwiML without callbacks") {
  engine_world w;
  w.set("twiml_without_callbacks=1");
  auto r = w.request();
  w.create(r);
  r.answer.url.clear();
  r.twiml = "<Response><Say>x</Say></Response>";
  r.to = "+972541234568";
  w.create(r);
  w.pass(seconds{20});
  CHECK(w.statuses() == usual);
}

TEST_CASE("callbacks come out of order, their numbers tell the order") {
  int disordered = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    auto s = plain_settings();
    s.seed = seed;
    s.life.setup = s.life.ring = s.life.talk = {milliseconds{10}, milliseconds{10}};
    lived w({"callbacks_reordered=0.7"}, seconds{20}, s);
    REQUIRE(w.statuses().size() == 4);
    if (w.statuses() != usual) ++disordered;
    texts in_order(4);
    for (const auto& r : w.of(webhook_kind::status))
      in_order.at(std::stoul(r.field("SequenceNumber"))) = r.field("CallStatus");
    CHECK(in_order == usual);
  }
  CHECK(disordered > 5);
}

TEST_CASE("sequence numbers that are all 0") {
  lived w({"sequence_zero=1"});
  for (const auto& r : w.of(webhook_kind::status))
    CHECK(r.field("SequenceNumber") == "0");
  CHECK(w.statuses() == usual);
}

TEST_CASE("ringing is missing; answered comes besides in-progress") {
  CHECK(lived({"ringing_missing=1"}).statuses() == texts{"initiated", "in-progress", "completed"});
  CHECK(lived({"answered_twice=1"}).statuses() ==
        texts{"initiated", "ringing", "in-progress", "answered", "completed"});
}

TEST_CASE("callbacks are lost or late; the call itself goes on as ever") {
  lived last({"lost_completed=1"});
  CHECK(last.statuses() == texts{"initiated", "ringing", "in-progress"});
  CHECK(last.engine.book().find(last.sid)->status == call_status::completed);
  lived all({"lost_all=1"});
  CHECK(all.statuses().empty());
  CHECK(all.engine.book().find(all.sid)->status == call_status::completed);
  lived late({"late_callbacks=1", "late_ms=60000"}, seconds{120});
  CHECK(late.statuses() == usual);
  CHECK(late.of(webhook_kind::status)[0].at - late.of(webhook_kind::answer)[0].at > seconds{59});
  // SequenceNumber and Timestamp are those of the event, not of the delivery.
  CHECK(late.of(webhook_kind::status)[0].field("Timestamp") == "Mon, 05 Jan 2026 10:00:00 +0000");
}

TEST_CASE("a call sticks in progress until stuck_ms, and no longer than its time limit") {
  lived w({"stuck_in_progress=1", "stuck_ms=3600000"}, seconds{3'000});
  CHECK(w.statuses().back() == "in-progress");
  w.pass(seconds{1'000});
  CHECK(w.statuses() == usual);
  lived cut({"stuck_in_progress=1", "stuck_ms=86400000"}, seconds{14'500});
  CHECK(cut.statuses() == usual);
  CHECK(cut.inbox.back().field("CallDuration") == "14400");
}

TEST_CASE("an answered call ends failed without a word") {
  lived w({"silent_failure=1"});
  CHECK(w.statuses() == texts{"initiated", "ringing", "in-progress"});
  CHECK(w.engine.book().find(w.sid)->status == call_status::failed);
}

TEST_CASE("10004 as a failed call") {
  lived w({"concurrency_failed=1"});
  CHECK(w.statuses() == texts{"initiated", "failed"});
  CHECK(w.inbox.back().field("ErrorCode") == "10004");
}

TEST_CASE("calls wait in the queue, expire in it, or start off their turn") {
  lived w({"queued_long=1", "queue_ms=120000"}, seconds{119});
  CHECK(w.inbox.empty());
  CHECK(w.engine.book().find(w.sid)->queue_time == seconds{120});
  w.pass(seconds{20});
  CHECK(w.statuses() == usual);

  lived expired({"queue_expired=1"}, seconds{86'399});
  CHECK(expired.inbox.empty());
  expired.pass(seconds{2});
  CHECK(expired.statuses() == texts{"canceled"});

  std::set<time_point> starts;
  engine_world jitter;
  jitter.set("cps_jitter=1");
  for (int i = 0; i < 20; ++i)
    jitter.create(jitter.request("+97254" + std::to_string(1'000'000 + i)));
  jitter.pass(seconds{20});
  for (const auto& r : jitter.inbox)
    if (r.field("CallStatus") == "initiated") starts.insert(r.at);
  CHECK(starts.size() > 10);
  CHECK(*starts.rbegin() - *starts.begin() <= seconds{1});
}

TEST_CASE("a cancel is accepted, and the call is answered all the same") {
  auto when = GENERATE(milliseconds{0}, milliseconds{10}, milliseconds{100});
  engine_world w;
  w.set("cancel_too_late=1");
  auto sid = w.create().sid;
  w.pass(when);
  CHECK(w.engine.cancel(sid, w.now) == update_result::done);
  w.pass(seconds{20});
  auto all = w.statuses();
  CHECK(all.front() == "initiated");
  CHECK(all[all.size() - 2] == "in-progress");
  CHECK(all.back() == "completed");
}

TEST_CASE("forged callbacks claim that the call is over before it is") {
  auto [name, how] =
      GENERATE(table<std::string, signing>({{"signature_wrong_token", signing::wrong_token},
                                            {"signature_tampered", signing::tampered},
                                            {"signature_missing", signing::missing},
                                            {"signature_replayed", signing::replayed}}));
  lived w({name + "=1"});
  CHECK(count_forged(w) == 3);
  texts genuine;
  for (const auto& r : w.of(webhook_kind::status)) {
    if (!r.what.forged()) {
      genuine.push_back(r.field("CallStatus"));
      continue;
    }
    CHECK(r.what.signature == how);
    CHECK(r.field("CallStatus") == "completed");
    CHECK(r.at < w.inbox.back().at);
    CHECK(r.what.signed_fields != r.what.fields);
  }
  CHECK(genuine == usual);
  CHECK(w.engine.figures().forged.sent == 3);
}

TEST_CASE("genuine callbacks with another spelling under the signature") {
  for (const auto& r : lived({"signature_port=1"}).of(webhook_kind::status))
    CHECK(r.what.signature == signing::other_port);
  for (const auto& r : lived({"signature_scheme=1"}).of(webhook_kind::status))
    CHECK(r.what.signature == signing::other_scheme);
}

TEST_CASE("unknown and repeated parameters") {
  lived extra({"extra_parameter=1"});
  CHECK(!extra.of(webhook_kind::status)[0].field("XNewParameter0").empty());
  lived twice({"repeated_key=1"});
  auto fields = twice.of(webhook_kind::status)[0].what.fields;
  CHECK(std::count_if(fields.begin(), fields.end(),
                      [](const auto& f) { return f.first == "MediaTag"; }) == 2);
}

TEST_CASE("two terminal statuses, either first, the later one with the higher number") {
  bool genuine_first = false, genuine_last = false;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    auto s = plain_settings();
    s.seed = seed;
    lived w({"conflicting_terminals=1"}, seconds{20}, s);
    auto all = w.of(webhook_kind::status);
    REQUIRE(all.size() == 5);
    CHECK(all[3].field("SequenceNumber") == "3");
    CHECK(all[4].field("SequenceNumber") == "4");
    auto ends = texts{all[3].field("CallStatus"), all[4].field("CallStatus")};
    genuine_first |= ends == texts{"completed", "no-answer"};
    genuine_last |= ends == texts{"no-answer", "completed"};
  }
  CHECK(genuine_first);
  CHECK(genuine_last);
}

TEST_CASE("a duration of 0, a ring past Timeout, a strange SIP code") {
  CHECK(lived({"zero_duration=1"}).inbox.back().field("CallDuration") == "0");
  auto s = plain_settings();
  s.life.answered = 0;
  s.life.no_answer = 1;
  lived late({"timeout_plus_5=1"}, seconds{100}, s);
  CHECK(late.inbox[2].at - late.inbox[1].at == seconds{65});
  auto code = lived({"odd_sip_code=1"}).inbox.back().field("SipResponseCode");
  CHECK(std::set<std::string>{"487", "486", "404", "503", "603"}.count(code) == 1);
}

TEST_CASE("a detection's result too late, too early, never, or unknown") {
  auto request = lived::request();
  request.detection = detection_kind::enable;
  request.detection_async = true;
  request.detection_result.url = "http://127.0.0.1:9/amd";
  auto world = [&](const char* name) {
    engine_world w;
    w.set(std::string(name) + "=1");
    w.create(request);
    w.pass(seconds{20});
    return w.inbox;
  };
  auto position = [](const std::vector<received>& inbox, const char* status) {
    return std::find_if(inbox.begin(), inbox.end(), [&](const auto& r) {
      return status ? r.field("CallStatus") == status : r.what.kind == webhook_kind::detection;
    });
  };
  auto late = world("amd_after_hangup");
  CHECK(position(late, nullptr) > position(late, "completed"));
  CHECK(position(late, nullptr) != late.end());
  auto early = world("amd_before_in_progress");
  CHECK(position(early, nullptr) < position(early, "in-progress"));
  auto never = world("amd_never");
  CHECK(position(never, nullptr) == never.end());
  auto unknown = world("amd_unknown");
  REQUIRE(position(unknown, nullptr) != unknown.end());
  CHECK(position(unknown, nullptr)->field("AnsweredBy") == "unknown");
}

TEST_CASE("the answer's fetch fails, takes too long, or happens twice") {
  auto request = lived::request();
  request.fallback.url = "http://127.0.0.1:9/fallback";
  lived failed({"answer_failed=1"}, seconds{20}, plain_settings(), request);
  CHECK(failed.of(webhook_kind::answer).size() == 1);
  REQUIRE(failed.of(webhook_kind::fallback).size() == 1);
  CHECK(failed.of(webhook_kind::fallback)[0].field("ErrorCode") == "11200");

  lived slow({"answer_slow=1"}, seconds{40}, plain_settings(), request);
  REQUIRE(slow.of(webhook_kind::fallback).size() == 1);
  CHECK(slow.of(webhook_kind::fallback)[0].at - slow.of(webhook_kind::answer)[0].at == seconds{15});

  lived twice({"answer_fetched_twice=1"});
  CHECK(twice.of(webhook_kind::answer).size() == 2);
  CHECK(twice.engine.book().find(twice.sid)->documents_said.size() == 1);
  CHECK(twice.statuses() == usual);
}

TEST_CASE("sids that come again, differ in case only, or are UUIDs") {
  engine_world w;
  auto first = w.create().sid;
  w.set("sid_reused=1");
  CHECK(w.create(w.request("+972541111111")).sid == first);
  w.set("none");
  w.set("sid_case=1");
  auto other = w.create(w.request("+972541111112")).sid;
  CHECK(other != first);
  std::transform(other.begin(), other.end(), other.begin(), ::tolower);
  std::transform(first.begin(), first.end(), first.begin(), ::tolower);
  CHECK(other == first);
  w.set("none");
  w.set("sid_uuid=1");
  auto uuid = w.create(w.request("+972541111113")).sid;
  CHECK(uuid.size() == 36);
  CHECK(uuid[8] == '-');
  CHECK(uuid[14] == '4');
}

TEST_CASE("callbacks of unknown calls and of other accounts come beside the genuine ones") {
  lived sid({"unknown_sid=1"});
  auto all = sid.of(webhook_kind::status);
  REQUIRE(all.size() == 8);
  CHECK(std::count_if(all.begin(), all.end(),
                      [&](const auto& r) { return r.field("CallSid") == sid.sid; }) == 4);
  lived account({"other_account=1"});
  all = account.of(webhook_kind::status);
  REQUIRE(all.size() == 8);
  CHECK(std::count_if(all.begin(), all.end(), [&](const auto& r) {
          return r.field("AccountSid") == "AC00000000000000000000000000000001";
        }) == 4);
}

TEST_CASE("timestamps of a clock that is wrong") {
  auto stamp = lived({"clock_skew=1"}).of(webhook_kind::status)[0].field("Timestamp");
  CHECK((stamp == "Mon, 05 Jan 2026 12:00:00 +0000" || stamp == "Mon, 05 Jan 2026 08:00:00 +0000"));
}

TEST_CASE("callbacks of many calls are held back and come in one storm") {
  engine_world w;
  w.set("storm=1");
  for (int i = 0; i < 50; ++i)
    w.create(w.request("+97254" + std::to_string(1'000'000 + i)));
  w.pass(seconds{20});
  CHECK(w.statuses().size() == 200);
  std::set<time_point> moments;
  for (const auto& r : w.of(webhook_kind::status)) {
    moments.insert(r.at);
    CHECK(r.at.time_since_epoch() % milliseconds{2'000} == microseconds{0});
  }
  CHECK(moments.size() <= 3);
}

TEST_CASE("a probability strikes about that many calls, and the same ones again") {
  auto struck = [](std::uint64_t seed) {
    auto s = plain_settings();
    s.seed = seed;
    engine_world w(s);
    w.set("lost_all=0.2");
    for (int i = 0; i < 1'000; ++i)
      w.create(w.request("+97254" + std::to_string(1'000'000 + i)));
    w.pass(seconds{20});
    std::set<std::string> told;
    for (const auto& r : w.of(webhook_kind::status))
      told.insert(r.field("To"));
    return told;
  };
  auto one = struck(1);
  CHECK(one.size() > 740);
  CHECK(one.size() < 860);
  CHECK(one == struck(1));
  CHECK(one != struck(2));
}
