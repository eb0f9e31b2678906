#include "tests/twilio/webhook_world.hpp"
#include "tests/twilio/xml_reader.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <set>
#include <thread>

using namespace ringmaster;
using namespace ringmaster::net;
using namespace ringmaster::tests;

namespace {

std::string only_verb(const std::string& document) {
  const auto root = tests::read_xml(document);
  REQUIRE(root);
  REQUIRE(root->children.size() == 1);
  return root->children[0].name;
}

} // namespace

TEST_CASE("a signed callback reaches the switchboard and is acknowledged when committed") {
  webhook_world world;
  const auto answer = world.post_signed(status_target, webhook_world::status_form("in-progress"));
  CHECK(answer.status == 204);
  CHECK(answer.body.empty());
  const auto events = world.board->seen_events();
  REQUIRE(events.size() == 1);
  CHECK(events[0].attempt.business.value == 3);
  CHECK(events[0].attempt.job.value == 40);
  CHECK(events[0].attempt.token.text() == "0f8fad5b-d9cb-469f-a165-70867728950e");
  CHECK(events[0].sid.value == "CA1");
  CHECK(events[0].status == carrier_status::in_progress);
  CHECK(events[0].sequence == 3);
  CHECK(events[0].duration_s == 12);
  CHECK(events[0].answered_by == "human");
  CHECK(events[0].sip_code == "200");
  CHECK(events[0].received_at == time_point{seconds{1'700'000'000}});
  CHECK(world.count->callbacks == 1);
  CHECK(world.count->callbacks_stale == 0);
  CHECK(world.count->callbacks_refused == 0);
}

TEST_CASE("a stale callback is acknowledged and counted") {
  webhook_world world;
  world.board->event_reply = event_answer{event_result::stale};
  CHECK(world.post_signed(status_target, webhook_world::status_form("completed")).status == 204);
  CHECK(world.count->callbacks_stale == 1);
  CHECK_THAT(world.logged(), Catch::Contains("business=3 job=40 call_sid=CA1"));
}

TEST_CASE("a callback that can't be stored is asked for again") {
  webhook_world world;
  world.board->event_reply = event_answer{event_result::unavailable};
  CHECK(world.post_signed(status_target, webhook_world::status_form("completed")).status == 503);
  CHECK(world.count->callbacks_stale == 0);
  CHECK(world.count->callbacks_unstored == 1);
}

TEST_CASE("a switchboard that does not answer in time means 503") {
  auto config = webhook_world::default_config();
  config.patience = seconds{1};
  webhook_world world(config);
  world.board->event_reply = caf::none;
  CHECK(world.post_signed(status_target, webhook_world::status_form("completed")).status == 503);
  CHECK(world.board->seen_events().size() == 1);
  CHECK(world.count->callbacks_unstored == 1);
}

TEST_CASE("a callback that nobody can answer any more is asked for again at once") {
  auto config = webhook_world::default_config();
  config.patience = seconds{3'600};
  webhook_world world(config);
  world.board->event_reply = caf::none;
  world.board->keep_promises = false;
  CHECK(world.post_signed(status_target, webhook_world::status_form("completed")).status == 503);
  CHECK(world.count->callbacks_unstored == 1);
}

TEST_CASE("without a switchboard both webhooks answer 503") {
  webhook_world world;
  world.stop_switchboard();
  CHECK(world.post_signed(status_target, webhook_world::status_form("completed")).status == 503);
  CHECK(world.post_signed(answer_target, webhook_world::status_form("in-progress")).status == 503);
}

TEST_CASE("an answered call is told what to say") {
  webhook_world world;
  world.board->script_reply = saying(R"({"say":{"text":"שלום {first_name}","language":"he-IL"}})");
  const auto answer = world.post_signed(answer_target, webhook_world::status_form("in-progress"));
  CHECK(answer.status == 200);
  CHECK_THAT(answer.head, Catch::Contains("text/xml"));
  const auto root = tests::read_xml(answer.body);
  REQUIRE(root);
  REQUIRE(root->children.size() == 1);
  CHECK(root->children[0].text == "שלום נועה");
  REQUIRE(world.board->queries.size() == 1);
  CHECK(world.board->queries[0].sid.value == "CA1");
  CHECK(world.board->queries[0].answered_by == "human");
  CHECK(world.board->queries[0].attempt.job.value == 40);
}

TEST_CASE("an answered call of no live attempt is hung up") {
  webhook_world world;
  world.board->script_reply->result = event_result::stale;
  const auto answer = world.post_signed(answer_target, webhook_world::status_form("in-progress"));
  CHECK(answer.status == 200);
  CHECK(only_verb(answer.body) == "Hangup");
  CHECK(world.count->callbacks_stale == 1);
}

TEST_CASE("when the script can't be found out now, the carrier is asked to try again") {
  webhook_world world;
  world.board->script_reply->result = event_result::unavailable;
  CHECK(world.post_signed(answer_target, webhook_world::status_form("in-progress")).status == 503);
}

TEST_CASE("a call without a usable script is hung up and that is logged") {
  for (const auto* script : {"", "{}", R"({"say":{"text":"{unknown}"}})"}) {
    webhook_world world;
    world.board->script_reply = saying(script);
    const auto answer = world.post_signed(answer_target, webhook_world::status_form("in-progress"));
    CHECK(answer.status == 200);
    CHECK(only_verb(answer.body) == "Hangup");
    CHECK_THAT(world.logged(), Catch::Contains("no usable script"));
  }
}

TEST_CASE("only POST on the two paths is served") {
  webhook_world world;
  const auto form = webhook_world::status_form("completed");
  const auto get = world.send("GET", status_target, {{"Host", "a"}}, "");
  CHECK(get.status == 405);
  CHECK_THAT(get.head, Catch::Contains("Allow: POST"));
  CHECK_THAT(get.body, Catch::EndsWith(R"("field":null}})"));
  CHECK(world.post_signed("/webhook/voice" + webhook_world::query(), form).status == 404);
  CHECK(world.post_signed("/webhook/voice/status/" + webhook_world::query(), form).status == 404);
  CHECK(world.board->seen_events().empty());
}

TEST_CASE("bodies that are no form are refused") {
  webhook_world world;
  const auto form = webhook_world::status_form("completed");
  const auto good = world.sign(status_target, form);
  CHECK(world.post(status_target, form, good, "text/plain").status == 415);
  CHECK(world.post(status_target, form, good, "application/x-www-form-urlencoded; charset=UTF-8")
            .status == 204);
  const header_list headers = {{"Host", "a"},
                               {"Content-Type", "application/x-www-form-urlencoded"},
                               {"X-Twilio-Signature", good}};
  CHECK(world.send("POST", status_target, headers, "CallSid=%zz").status == 403);
  CHECK(
      world.send("POST", status_target, headers, std::string(webhook_body_limit + 1, 'a')).status ==
      413);
  field_list many;
  for (int i = 0; i < 300; ++i)
    many.emplace_back("n" + std::to_string(i), "v");
  CHECK(world.post_signed(status_target, many).status == 403);
  CHECK(world.count->callbacks_malformed == 2);
  CHECK(world.count->callbacks_refused == 2);
}

TEST_CASE("a callback of another account is stale") {
  webhook_world world;
  const auto form = replaced(webhook_world::status_form("completed"), "AccountSid", "AC2");
  CHECK(world.post_signed(status_target, form).status == 204);
  const auto answer = world.post_signed(answer_target, form);
  CHECK(answer.status == 200);
  CHECK(only_verb(answer.body) == "Hangup");
  CHECK(world.board->seen_events().empty());
  CHECK(world.board->queries.empty());
  CHECK(world.count->callbacks_stale == 2);
  auto both = webhook_world::status_form("completed");
  both.emplace_back("AccountSid", "AC2");
  CHECK(world.post_signed(status_target, both).status == 204);
  CHECK(world.board->seen_events().empty());
  CHECK(world.count->callbacks_stale == 3);
}

TEST_CASE("a signed callback that names no attempt is acknowledged and counted") {
  webhook_world world;
  const auto form = webhook_world::status_form("completed");
  CHECK(world.post_signed("/webhook/voice/status", form).status == 204);
  CHECK(world.post_signed("/webhook/voice/status?business=3&job=x&token=y", form).status == 204);
  const auto answer = world.post_signed("/webhook/voice/answer?business=3", form);
  CHECK(answer.status == 200);
  CHECK(only_verb(answer.body) == "Hangup");
  CHECK(world.count->callbacks_stale == 3);
  CHECK(world.board->seen_events().empty());
}

TEST_CASE("a signed callback without a call or a known status is acknowledged and counted") {
  webhook_world world;
  const auto form = webhook_world::status_form("completed");
  CHECK(world.post_signed(status_target, replaced(form, "CallStatus", "dreaming")).status == 204);
  CHECK(world.post_signed(status_target, without(form, "CallSid")).status == 204);
  CHECK(world.post_signed(status_target, replaced(form, "CallSid", "CA 1\nx")).status == 204);
  CHECK(world.post_signed(status_target, {{"CallSid", "CA1"}}).status == 204);
  const auto answer = world.post_signed(answer_target, without(form, "CallSid"));
  CHECK(only_verb(answer.body) == "Hangup");
  CHECK(world.count->callbacks_stale == 5);
  CHECK(world.board->seen_events().empty());
}

TEST_CASE("fields that are missing or unreadable are left out") {
  webhook_world world;
  const field_list bare = {{"CallSid", "CA1"}, {"CallStatus", "completed"}};
  CHECK(world.post_signed(status_target, bare).status == 204);
  const field_list odd = {{"CallSid", "CA1"},
                          {"CallStatus", "completed"},
                          {"SequenceNumber", "-1"},
                          {"CallDuration", "99999999999999999999"},
                          {"AnsweredBy", std::string(33, 'x')},
                          {"SipResponseCode", "4 0\n4"},
                          {"ErrorCode", "ten"}};
  CHECK(world.post_signed(status_target, odd).status == 204);
  const auto events = world.board->seen_events();
  REQUIRE(events.size() == 2);
  for (const auto& event : events) {
    CHECK(event.status == carrier_status::completed);
    CHECK(event.sequence == 0);
    CHECK(event.duration_s == 0);
    CHECK(event.answered_by.empty());
    CHECK(event.sip_code.empty());
    CHECK(event.error_code == 0);
  }
}

TEST_CASE("a call that failed tells the carrier's error") {
  webhook_world world;
  world.post_signed(status_target,
                    {{"CallSid", "CA1"}, {"CallStatus", "failed"}, {"ErrorCode", "10004"}});
  const auto events = world.board->seen_events();
  REQUIRE(events.size() == 1);
  CHECK(events[0].error_code == 10004);
}

TEST_CASE("the spellings of other carriers and of machine detection are understood") {
  webhook_world world;
  world.post_signed(status_target, webhook_world::status_form("answered"));
  world.post_signed(status_target, {{"CallSid", "CA1"}, {"AnsweredBy", "machine_start"}});
  const auto events = world.board->seen_events();
  REQUIRE(events.size() == 2);
  CHECK(events[0].status == carrier_status::in_progress);
  CHECK(events[1].status == carrier_status::in_progress);
  CHECK(events[1].answered_by == "machine_start");
}

TEST_CASE("every status that the carrier knows is passed on") {
  webhook_world world;
  const std::vector<std::string> names = {"queued",      "initiated", "ringing",
                                          "in-progress", "busy",      "no-answer",
                                          "completed",   "failed",    "canceled"};
  for (const auto& name : names)
    CHECK(world.post_signed(status_target, webhook_world::status_form(name)).status == 204);
  const auto events = world.board->seen_events();
  REQUIRE(events.size() == names.size());
  for (std::size_t i = 0; i < names.size(); ++i)
    CHECK(to_string(events[i].status) == names[i]);
}

TEST_CASE("a repeated callback is passed on and acknowledged each time") {
  webhook_world world;
  const auto form = webhook_world::status_form("completed");
  for (int i = 0; i < 3; ++i)
    CHECK(world.post_signed(status_target, form).status == 204);
  CHECK(world.board->seen_events().size() == 3);
}

TEST_CASE("many callbacks at once are each answered") {
  webhook_world world;
  constexpr int threads = 8, each = 40;
  std::atomic<int> acknowledged_count{0};
  std::vector<std::thread> senders;
  for (int t = 0; t < threads; ++t)
    senders.emplace_back([&, t] {
      for (int i = 0; i < each; ++i) {
        const auto form = replaced(webhook_world::status_form("ringing"), "CallSid",
                                   "CA" + std::to_string(t) + "x" + std::to_string(i));
        if (world.post_signed(status_target, form).status == 204) ++acknowledged_count;
      }
    });
  for (auto& sender : senders)
    sender.join();
  CHECK(acknowledged_count == threads * each);
  std::set<std::string> sids;
  for (const auto& event : world.board->seen_events())
    sids.insert(event.sid.value);
  CHECK(sids.size() == threads * each);
}
