#include "net/twilio/signature.hpp"
#include "net/webhooks/urls.hpp"
#include "tests/twilio/webhook_world.hpp"
#include "tests/twilio/xml_reader.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

using namespace ringmaster;
using namespace ringmaster::net;
using ringmaster::tests::webhook_world;

namespace {

const std::string status_target = std::string(path_of(webhook::status)) + webhook_world::query();
const std::string answer_target = std::string(path_of(webhook::answer)) + webhook_world::query();

field_list without(field_list form, const std::string& name) {
  form.erase(std::remove_if(form.begin(), form.end(),
                            [&](const auto& field) { return field.first == name; }),
             form.end());
  return form;
}

field_list with(field_list form, const std::string& name, const std::string& value) {
  form.emplace_back(name, value);
  return form;
}

field_list replaced(const field_list& form, const std::string& name, const std::string& value) {
  return with(without(form, name), name, value);
}

script_answer saying(const std::string& script) {
  script_answer answer;
  answer.result = event_result::committed;
  answer.script = script;
  answer.caller_id = phone_number{"+14155550100"};
  answer.phone = phone_number{"+14155550101"};
  answer.first_name = "נועה";
  return answer;
}

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
  CHECK(events[0].attempt.token.value == "0f8fad5b-d9cb-469f-a165-70867728950e");
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
}

TEST_CASE("a switchboard that does not answer in time means 503") {
  auto config = webhook_world::default_config();
  config.patience = seconds{1};
  webhook_world world(config);
  world.board->event_reply = caf::none;
  CHECK(world.post_signed(status_target, webhook_world::status_form("completed")).status == 503);
  CHECK(world.board->seen_events().size() == 1);
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

TEST_CASE("whatever does not fit the signature is refused and reaches nobody") {
  webhook_world world;
  const auto form = webhook_world::status_form("completed");
  const auto good = world.sign(status_target, form);
  const auto refused = [&](const tests::raw_answer& answer) {
    CHECK(answer.status == 403);
    CHECK_THAT(answer.body, Catch::Contains(R"("code":"bad_signature")"));
  };
  refused(world.post(status_target, form, ""));
  refused(world.post(status_target, form, "x"));
  refused(world.post(status_target, form, good + "="));
  refused(
      world.post(status_target, form,
                 sign_form("another-token", "https://calls.example.com" + status_target, form)));
  refused(
      world.post(status_target, form,
                 sign_form("the-auth-token", "http://calls.example.com" + status_target, form)));
  refused(
      world.post(status_target, form,
                 sign_form("the-auth-token", "https://evil.example.com" + status_target, form)));
  refused(world.post(status_target, replaced(form, "CallStatus", "busy"), good));
  refused(world.post(status_target, replaced(form, "CallSid", "CA2"), good));
  refused(world.post(status_target, without(form, "From"), good));
  refused(world.post(status_target, with(form, "Unknown", "x"), good));
  refused(world.post(answer_target, form, good));
  auto other_job = status_target;
  other_job.replace(other_job.find("job=40"), 6, "job=41");
  refused(world.post(other_job, form, good));
  refused(world.post(status_target + "&x=1", form, good));
  refused(world.post(status_target, {}, good));
  CHECK(world.board->seen_events().empty());
  CHECK(world.board->queries.empty());
  CHECK(world.count->callbacks_refused == 14);
  CHECK(world.count->callbacks == 0);
}

TEST_CASE("the signature's header must be there exactly once") {
  webhook_world world;
  const auto form = webhook_world::status_form("completed");
  const auto body = encode_form(form);
  const auto good = world.sign(status_target, form);
  const header_list none = {{"Host", "calls.example.com"},
                            {"Content-Type", "application/x-www-form-urlencoded"}};
  auto once = none, twice = none;
  once.emplace_back("x-twilio-signature", good);
  twice.emplace_back("X-Twilio-Signature", good);
  twice.emplace_back("X-Twilio-Signature", "x");
  CHECK(world.send("POST", status_target, none, body).status == 403);
  CHECK(world.send("POST", status_target, twice, body).status == 403);
  CHECK(world.send("POST", status_target, once, body).status == 204);
}

TEST_CASE("a value added to a signed name changes nothing that is obeyed") {
  webhook_world world;
  const auto form = webhook_world::status_form("ringing");
  const auto good = world.sign(status_target, form);
  const auto answer = world.post(status_target, with(form, "CallStatus", "completed"), good);
  CHECK(answer.status == 204);
  CHECK(world.board->seen_events().empty());
  CHECK(world.count->callbacks_stale == 1);
}

TEST_CASE("the public URL counts, never the Host header") {
  webhook_world world;
  const auto form = webhook_world::status_form("completed");
  const auto send_to = [&](const std::string& host, const std::string& signature) {
    return world
        .send("POST", status_target,
              {{"Host", host},
               {"X-Forwarded-Host", host},
               {"Content-Type", "application/x-www-form-urlencoded"},
               {"X-Twilio-Signature", signature}},
              encode_form(form))
        .status;
  };
  CHECK(send_to("10.0.0.7:8080", world.sign(status_target, form)) == 204);
  CHECK(send_to("evil.example.com",
                sign_form("the-auth-token", "https://evil.example.com" + status_target, form)) ==
        403);
}

TEST_CASE("the query is signed as it was sent, encoded or not") {
  webhook_world world;
  const auto form = webhook_world::status_form("completed");
  const auto encoded = status_target + "&name=%D7%A9%D7%9C%D7%95%D7%9D%20x+y";
  CHECK(world.post_signed(encoded, form).status == 204);
  const auto other_case = status_target + "&name=%d7%a9%d7%9c%d7%95%d7%9d%20x+y";
  CHECK(world.post(other_case, form, world.sign(encoded, form)).status == 403);
  CHECK(world.board->seen_events().size() == 1);
}

TEST_CASE("the previous auth token is accepted while it is being replaced") {
  auto config = webhook_world::default_config();
  config.previous_auth_token = "the-old-token";
  webhook_world world(config);
  const auto form = webhook_world::status_form("completed");
  const auto by = [&](const std::string& token) {
    return sign_form(token, config.public_base_url + status_target, form);
  };
  CHECK(world.post(status_target, form, by("the-old-token")).status == 204);
  CHECK(world.post(status_target, form, by("the-auth-token")).status == 204);
  CHECK(world.post(status_target, form, by("the-oldest-token")).status == 403);
  CHECK(world.post(status_target, form, by("")).status == 403);
}

TEST_CASE("only POST on the two paths is served") {
  webhook_world world;
  const auto form = webhook_world::status_form("completed");
  const auto get = world.send("GET", status_target, {{"Host", "a"}}, "");
  CHECK(get.status == 405);
  CHECK_THAT(get.head, Catch::Contains("Allow: POST"));
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
}

TEST_CASE("a JSON body is verified by its hash and passed over") {
  webhook_world world;
  const std::string body = R"({"property": "value", "boolean": true})";
  const auto target = status_target + "&bodySHA256=" +
                      "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
  const auto send = [&](const std::string& content) {
    return world
        .send("POST", target,
              {{"Host", "a"},
               {"Content-Type", "application/json"},
               {"X-Twilio-Signature", world.sign(target, {})}},
              content)
        .status;
  };
  CHECK(send(body) == 204);
  CHECK(send(body + " ") == 403);
  CHECK(world.board->seen_events().empty());
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
                          {"SipResponseCode", "4 0\n4"}};
  CHECK(world.post_signed(status_target, odd).status == 204);
  const auto events = world.board->seen_events();
  REQUIRE(events.size() == 2);
  for (const auto& event : events) {
    CHECK(event.status == carrier_status::completed);
    CHECK(event.sequence == 0);
    CHECK(event.duration_s == 0);
    CHECK(event.answered_by.empty());
    CHECK(event.sip_code.empty());
  }
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

TEST_CASE("no log line holds a token, a signature or a phone number") {
  webhook_world world;
  const auto form = webhook_world::status_form("completed");
  world.post_signed(status_target, form);
  world.post(status_target, form, "a-bad-signature");
  world.board->event_reply = event_answer{event_result::stale};
  world.post_signed(status_target, form);
  world.post_signed(status_target, replaced(form, "AccountSid", "AC2"));
  world.board->script_reply = saying("");
  world.post_signed(answer_target, form);
  world.stop_switchboard();
  world.post_signed(status_target, form);
  const auto log = world.logged();
  CHECK(std::count(log.begin(), log.end(), '\n') >= 6);
  for (const auto& secret :
       {std::string("0f8fad5b"), std::string("the-auth-token"), std::string("a-bad-signature"),
        std::string("4155550101"), world.sign(status_target, form)})
    CHECK_THAT(log, !Catch::Contains(secret));
}
