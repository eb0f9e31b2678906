#include "tests/simulated_carrier/engine_world.hpp"

using namespace ringmaster;
using namespace ringmaster::net::sim;

namespace {

engine_settings settings_with(life_outcome outcome) {
  auto s = plain_settings();
  s.life.answered = outcome == life_outcome::answered;
  s.life.machine = outcome == life_outcome::machine;
  s.life.busy = outcome == life_outcome::busy;
  s.life.no_answer = outcome == life_outcome::no_answer;
  s.life.failed = outcome == life_outcome::failed;
  s.life.canceled = outcome == life_outcome::canceled;
  return s;
}

webhook_outcome document(std::string body, std::int32_t status = 200) {
  webhook_outcome o;
  o.status = status;
  o.body = std::move(body);
  return o;
}

} // namespace

TEST_CASE("an answered call tells each step once, in order, with everything the carrier says") {
  engine_world w;
  auto sid = w.create().sid;
  w.pass(seconds{10});
  REQUIRE(w.statuses() == texts{"initiated", "ringing", "in-progress", "completed"});
  auto all = w.of(webhook_kind::status);
  for (std::size_t i = 0; i < all.size(); ++i) {
    CHECK(all[i].field("SequenceNumber") == std::to_string(i));
    CHECK(all[i].field("CallSid") == sid);
    CHECK(all[i].field("AccountSid") == "AC00000000000000000000000000000001");
    CHECK(all[i].field("To") == "+972541234567");
    CHECK(all[i].field("From") == "+97231234567");
    CHECK(all[i].field("Direction") == "outbound-api");
    CHECK(all[i].field("ApiVersion") == "2010-04-01");
    CHECK(all[i].field("CallbackSource") == "call-progress-events");
    CHECK(all[i].what.target.url == "http://127.0.0.1:9/status?job=1#rc=5&rp=all");
  }
  CHECK(all[0].field("Timestamp") == "Mon, 05 Jan 2026 10:00:00 +0000");
  CHECK(all[2].at - all[0].at == milliseconds{450});
  CHECK(all[3].at - all[2].at == seconds{2});
  CHECK(all[3].field("CallDuration") == "2");
  CHECK(all[3].field("Duration") == "1");
  CHECK(all[3].field("SipResponseCode") == "200");
  CHECK(all[2].field("CallDuration").empty());

  auto answers = w.of(webhook_kind::answer);
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].field("CallStatus") == "in-progress");
  CHECK(answers[0].field("SequenceNumber").empty());
  CHECK(answers[0].what.target.url == "http://127.0.0.1:9/answer?job=1");

  auto* c = w.engine.book().find(sid);
  REQUIRE(c);
  CHECK(c->status == call_status::completed);
  CHECK(c->documents_said == texts{"<Response><Say>Hello</Say></Response>"});
  CHECK(c->deliveries.size() == 5);
  CHECK(w.engine.book().observer().live_total() == 0);
  CHECK(!w.engine.next_due());
}

TEST_CASE("an unanswered call ends as it was drawn, and nobody asks what to say") {
  auto [outcome, status, sip] = GENERATE(
      table<life_outcome, std::string, std::string>({{life_outcome::busy, "busy", "486"},
                                                     {life_outcome::no_answer, "no-answer", "487"},
                                                     {life_outcome::canceled, "canceled", "487"}}));
  engine_world w(settings_with(outcome));
  w.create();
  w.pass(seconds{10});
  CHECK(w.statuses() == texts{"initiated", "ringing", status});
  CHECK(w.of(webhook_kind::answer).empty());
  auto last = w.inbox.back();
  CHECK(last.field("CallDuration") == "0");
  CHECK(last.field("SipResponseCode") == sip);
}

TEST_CASE("a failed call never rings") {
  engine_world w(settings_with(life_outcome::failed));
  w.create();
  w.pass(seconds{10});
  CHECK(w.statuses() == texts{"initiated", "failed"});
}

TEST_CASE("it rings no longer than Timeout") {
  auto s = plain_settings();
  s.life.ring = {seconds{90}, seconds{90}};
  engine_world w(s);
  auto r = w.request();
  r.timeout = seconds{20};
  w.create(r);
  w.pass(seconds{60});
  CHECK(w.statuses() == texts{"initiated", "ringing", "no-answer"});
  CHECK(w.inbox[2].at - w.inbox[1].at == seconds{20});
}

TEST_CASE("only the subscribed events are told, numbered from 0") {
  engine_world w;
  auto r = w.request();
  r.events = 1u << static_cast<unsigned>(callback_event::completed);
  w.create(r);
  w.pass(seconds{10});
  REQUIRE(w.statuses() == texts{"completed"});
  CHECK(w.of(webhook_kind::status)[0].field("SequenceNumber") == "0");
}

TEST_CASE("a call with unreadable events is made and tells nothing") {
  engine_world w;
  auto r = w.request();
  r.events_unreadable = true;
  w.create(r);
  w.pass(seconds{10});
  CHECK(w.statuses().empty());
  CHECK(w.engine.book().tally(call_status::completed) == 1);
}

TEST_CASE("times of 0 make a call that is over at once") {
  auto s = plain_settings();
  s.life.setup = s.life.ring = s.life.talk = {};
  engine_world w(s);
  w.create();
  w.pass(microseconds{0});
  CHECK(w.statuses() == texts{"initiated", "ringing", "in-progress", "completed"});
  CHECK(w.inbox.back().field("CallDuration") == "1");
}

TEST_CASE("Hangup ends the call at once, and speech before it takes its time") {
  engine_world w;
  w.reply = [](const webhook&) { return document("<Response><Hangup/></Response>"); };
  w.create();
  w.pass(seconds{10});
  CHECK(w.inbox.back().at - w.of(webhook_kind::answer)[0].at == seconds{0});
  CHECK(w.statuses().back() == "completed");

  engine_world spoken;
  spoken.reply = [](const webhook&) {
    return document("<Response><Say>x</Say><Hangup/></Response>");
  };
  spoken.create();
  spoken.pass(seconds{10});
  CHECK(spoken.inbox.back().at - spoken.of(webhook_kind::answer)[0].at == seconds{2});
}

TEST_CASE("inline TwiML is carried out without a fetch") {
  engine_world w;
  auto r = w.request();
  r.answer.url.clear();
  r.twiml = "<Response><Say>inline</Say></Response>";
  auto sid = w.create(r).sid;
  w.pass(seconds{10});
  CHECK(w.of(webhook_kind::answer).empty());
  CHECK(w.engine.book().find(sid)->documents_said == texts{r.twiml});
}

TEST_CASE("a Redirect is followed, relative to the document that has it") {
  engine_world w;
  w.reply = [](const webhook& hook) {
    if (hook.target.url == "http://127.0.0.1:9/answer?job=1")
      return document("<Response><Say>one</Say><Redirect>/two</Redirect></Response>");
    return document("<Response><Say>two</Say></Response>");
  };
  auto sid = w.create().sid;
  w.pass(seconds{20});
  auto answers = w.of(webhook_kind::answer);
  REQUIRE(answers.size() == 2);
  CHECK(answers[1].what.target.url == "http://127.0.0.1:9/two");
  CHECK(answers[1].at - answers[0].at == seconds{2});
  CHECK(w.engine.book().find(sid)->duration == seconds{4});
}

TEST_CASE("a document that redirects to itself for ever is cut off") {
  engine_world w;
  w.reply = [](const webhook&) { return document("<Response><Redirect/></Response>"); };
  w.create();
  w.pass(seconds{20});
  CHECK(w.of(webhook_kind::answer).size() == 21);
  CHECK(w.statuses().back() == "completed");
}

TEST_CASE("a Redirect that leaves this machine is not followed") {
  engine_world w;
  w.reply = [](const webhook&) {
    return document("<Response><Redirect>http://example.com/</Redirect></Response>");
  };
  auto sid = w.create().sid;
  w.pass(seconds{20});
  CHECK(w.of(webhook_kind::answer).size() == 1);
  CHECK(w.engine.book().find(sid)->error_code == 11200);
}

TEST_CASE("a failing or unreadable answer goes to the FallbackUrl with the reason") {
  auto [status, body, code] = GENERATE(table<int, std::string, std::string>(
      {{500, "", "11200"}, {0, "", "11200"}, {404, "x", "11200"}, {200, "not xml", "12100"}}));
  engine_world w;
  w.reply = [&, status = status, body = body](const webhook& hook) {
    if (hook.kind == webhook_kind::answer) return document(body, status);
    return document("<Response><Say>sorry</Say></Response>");
  };
  auto r = w.request();
  r.fallback.url = "http://127.0.0.1:9/fallback";
  auto sid = w.create(r).sid;
  w.pass(seconds{20});
  auto fallbacks = w.of(webhook_kind::fallback);
  REQUIRE(fallbacks.size() == 1);
  CHECK(fallbacks[0].field("ErrorCode") == code);
  CHECK(fallbacks[0].field("ErrorUrl") == "http://127.0.0.1:9/answer?job=1");
  CHECK(w.engine.book().find(sid)->documents_said.size() == 1);
  CHECK(w.statuses().back() == "completed");
}

TEST_CASE("without a FallbackUrl a failing answer ends the call with its error") {
  engine_world w;
  w.reply = [](const webhook&) { return document("", 500); };
  auto sid = w.create().sid;
  w.pass(seconds{20});
  CHECK(w.engine.book().find(sid)->status == call_status::completed);
  CHECK(w.engine.book().find(sid)->error_code == 11200);
}

TEST_CASE("detection before the answer's fetch names who answered") {
  auto [outcome, kind, who] = GENERATE(table<life_outcome, detection_kind, std::string>(
      {{life_outcome::answered, detection_kind::enable, "human"},
       {life_outcome::machine, detection_kind::enable, "machine_start"},
       {life_outcome::machine, detection_kind::message_end, "machine_end_beep"}}));
  engine_world w(settings_with(outcome));
  auto r = w.request();
  r.detection = kind;
  w.create(r);
  w.pass(seconds{10});
  auto answers = w.of(webhook_kind::answer);
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].field("AnsweredBy") == who);
  CHECK(answers[0].at - w.of(webhook_kind::status)[2].at == milliseconds{500});
  CHECK(w.inbox.back().field("AnsweredBy") == who);
}

TEST_CASE("asynchronous detection is told by a webhook of its own") {
  engine_world w(settings_with(life_outcome::machine));
  auto r = w.request();
  r.detection = detection_kind::enable;
  r.detection_async = true;
  r.detection_result.url = "http://127.0.0.1:9/amd";
  w.create(r);
  w.pass(seconds{10});
  CHECK(w.of(webhook_kind::answer)[0].field("AnsweredBy").empty());
  auto results = w.of(webhook_kind::detection);
  REQUIRE(results.size() == 1);
  CHECK(results[0].field("AnsweredBy") == "machine_start");
  CHECK(results[0].field("MachineDetectionDuration") == "500");
  CHECK(results[0].at - w.of(webhook_kind::answer)[0].at == milliseconds{500});
}

TEST_CASE("a call that nobody detects has no AnsweredBy, machine or not") {
  engine_world w(settings_with(life_outcome::machine));
  w.create();
  w.pass(seconds{10});
  for (const auto& r : w.inbox)
    CHECK(r.field("AnsweredBy").empty());
}

TEST_CASE("canceled ends a queued or ringing call and leaves one in progress alone") {
  engine_world w;
  auto sid = w.create().sid;
  CHECK(w.engine.cancel(sid, w.now) == update_result::done);
  w.pass(seconds{10});
  CHECK(w.statuses() == texts{"canceled"});
  CHECK(w.engine.cancel(sid, w.now) == update_result::ended);
  CHECK(w.engine.cancel("CA0", w.now) == update_result::not_found);

  engine_world ringing;
  sid = ringing.create().sid;
  ringing.pass(milliseconds{100});
  CHECK(ringing.engine.cancel(sid, ringing.now) == update_result::done);
  ringing.pass(seconds{10});
  CHECK(ringing.statuses() == texts{"initiated", "ringing", "canceled"});

  engine_world talking;
  sid = talking.create().sid;
  talking.pass(seconds{1});
  CHECK(talking.engine.cancel(sid, talking.now) == update_result::done);
  talking.pass(seconds{10});
  CHECK(talking.statuses() == texts{"initiated", "ringing", "in-progress", "completed"});
  CHECK(talking.inbox.back().field("CallDuration") == "2");
}

TEST_CASE("completed hangs up whatever the call is doing") {
  engine_world w;
  auto sid = w.create().sid;
  w.pass(seconds{1});
  CHECK(w.engine.complete(sid, w.now) == update_result::done);
  w.pass(seconds{10});
  CHECK(w.statuses() == texts{"initiated", "ringing", "in-progress", "completed"});
  CHECK(w.inbox.back().at - w.inbox.front().at == seconds{1});
  CHECK(w.engine.complete(sid, w.now) == update_result::ended);
}

TEST_CASE("a call in progress can be given another document or a shorter time") {
  engine_world w;
  auto sid = w.create().sid;
  CHECK(w.engine.redirect(sid, {}, "<Response/>", w.now) == update_result::ended);
  w.pass(seconds{1});
  CHECK(w.engine.redirect(sid, {"http://127.0.0.1:9/other", false}, "", w.now) ==
        update_result::done);
  w.pass(milliseconds{10});
  CHECK(w.of(webhook_kind::answer).back().what.target.url == "http://127.0.0.1:9/other");
  CHECK(w.engine.limit_time(sid, seconds{1}, w.now) == update_result::done);
  w.pass(seconds{10});
  CHECK(w.statuses().back() == "completed");
  CHECK(w.inbox.back().field("CallDuration") == "1");
}

TEST_CASE("over the calls per second calls queue, none is rejected") {
  auto s = plain_settings();
  s.calls_per_second = 10;
  engine_world w(s);
  for (int i = 0; i < 20; ++i) {
    auto& c = w.create(w.request("+97254" + std::to_string(1'000'000 + i)));
    CHECK(c.queue_time == milliseconds{100 * i});
  }
  w.pass(seconds{30});
  std::vector<time_point> dialled;
  for (const auto& r : w.inbox)
    if (r.field("CallStatus") == "initiated") dialled.push_back(r.at);
  REQUIRE(dialled.size() == 20);
  for (std::size_t i = 1; i < dialled.size(); ++i)
    CHECK(dialled[i] - dialled[i - 1] == milliseconds{100});
}

TEST_CASE("the same seed gives the same course, another seed another") {
  auto course = [](std::uint64_t seed) {
    auto s = plain_settings();
    s.seed = seed;
    s.life = {};
    engine_world w(s);
    for (int i = 0; i < 50; ++i)
      w.create(w.request("+97254" + std::to_string(1'000'000 + i)));
    w.pass(seconds{60});
    std::string all;
    for (const auto& r : w.inbox)
      all += r.field("To") + r.field("CallStatus") +
             std::to_string(r.at.time_since_epoch().count()) + "\n";
    return all;
  };
  CHECK(course(5) == course(5));
  CHECK(course(5) != course(6));
}

TEST_CASE("under a random crowd of faults every call still ends and the counts add up") {
  auto seed = GENERATE(range<std::uint64_t>(1, 13));
  CAPTURE(seed);
  auto s = plain_settings();
  s.seed = seed;
  s.life = {};
  s.calls_per_second = 500;
  engine_world w(s);
  chance draws(seed);
  for (const auto& f : fault_table())
    if (draws.happens(static_cast<std::uint64_t>(f.item) * 100, 0.7))
      w.set(std::string(f.name) + "=0.1");
  w.set("stuck_ms=60000");
  w.set("late_ms=5000");
  w.set("queue_expire_ms=90000");
  constexpr int calls = 400;
  for (int i = 0; i < calls; ++i) {
    auto r = w.request("+97254" + std::to_string(1'000'000 + draws.between(i, 0, 300)),
                       "+9723000000" + std::to_string(draws.between(~i, 0, 3)));
    auto sid = w.create(r).sid;
    w.pass(milliseconds{draws.between(i + 10'000, 0, 50)});
    if (draws.happens(i + 20'000, 0.1)) w.engine.complete(sid, w.now);
    if (draws.happens(i + 30'000, 0.1)) w.engine.cancel(sid, w.now);
  }
  w.pass(seconds{600});
  const auto& book = w.engine.book();
  CHECK(book.observer().live_total() == 0);
  CHECK(book.observer().created_total() == calls);
  std::uint64_t ended = 0;
  for (auto status : {call_status::completed, call_status::busy, call_status::no_answer,
                      call_status::failed, call_status::canceled})
    ended += book.tally(status);
  CHECK(ended == calls);
  for (const auto& [from, c] : book.observer().callers())
    CHECK(c.live == 0);
  CHECK(!w.engine.next_due());
}

TEST_CASE("a reset forgets calls and figures, and sids don't come again") {
  engine_world w;
  auto sid = w.create().sid;
  w.engine.reset();
  CHECK(!w.engine.book().find(sid));
  CHECK(w.engine.book().observer().created_total() == 0);
  CHECK(!w.engine.next_due());
  CHECK(w.create().sid != sid);
}
