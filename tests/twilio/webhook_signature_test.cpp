#include "net/twilio/signature.hpp"
#include "tests/twilio/webhook_world.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace ringmaster;
using namespace ringmaster::net;
using namespace ringmaster::tests;

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
