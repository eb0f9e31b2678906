#include "net/webhooks/urls.hpp"
#include "tests/twilio/line_world.hpp"

#include <array>
#include <map>

using namespace ringmaster;
using namespace ringmaster::net;
using namespace ringmaster::tests;

namespace {

http_response ending(answer_end end) {
  http_response response;
  response.status = 201;
  response.content_type = "application/json";
  response.body = R"({"sid":"CA1","status":"queued"})";
  response.end = end;
  return response;
}

} // namespace

TEST_CASE("a create request is the form that the contract wants") {
  carrier_stand carrier;
  carrier.answer(201, R"({"sid":"CA1","status":"queued"})");
  const auto line = open_line(config_for(carrier.base_url()));
  const auto reply = create(*line, call_of(40));
  CHECK(reply.result == line_result::answered);
  CHECK(reply.http_status == 201);
  CHECK(reply.sid.value == "CA1");
  const auto requests = carrier.requests();
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].method == "POST");
  CHECK(requests[0].target == "/2010-04-01/Accounts/AC1/Calls.json");
  REQUIRE(requests[0].header("Content-Type"));
  CHECK(*requests[0].header("Content-Type") == "application/x-www-form-urlencoded");
  const auto query = "?business=3&job=40&token=" + token_of(40);
  CHECK(
      parse_form(requests[0].body) ==
      field_list{{"To", them.value},
                 {"From", us.value},
                 {"Url", "https://calls.example.com/webhook/voice/answer" + query + "#rc=5&rp=all"},
                 {"Method", "POST"},
                 {"StatusCallback",
                  "https://calls.example.com/webhook/voice/status" + query + "#rc=5&rp=all"},
                 {"StatusCallbackMethod", "POST"},
                 {"StatusCallbackEvent", "initiated"},
                 {"StatusCallbackEvent", "ringing"},
                 {"StatusCallbackEvent", "answered"},
                 {"StatusCallbackEvent", "completed"},
                 {"Timeout", "45"}});
}

TEST_CASE("of a call's way only what is wanted is reported, its end always") {
  carrier_stand carrier;
  carrier.answer(201, R"({"sid":"CA1"})");
  auto config = config_for(carrier.base_url());
  config.progress = {"answered"};
  create(*open_line(config), call_of(1));
  std::vector<std::string> events;
  const auto form = parse_form(carrier.requests().at(0).body);
  REQUIRE(form);
  for (const auto& [name, value] : *form)
    if (name == "StatusCallbackEvent") events.push_back(value);
  CHECK(events == std::vector<std::string>{"answered", "completed"});
}

TEST_CASE("requests carry the account's credentials, or the key's where there is one") {
  carrier_stand carrier;
  carrier.answer(201, R"({"sid":"CA1"})");
  auto config = config_for(carrier.base_url());
  create(*open_line(config), call_of(1));
  config.api_key_sid = "SK1";
  config.api_key_secret = "key-secret";
  create(*open_line(config), call_of(2));
  const auto requests = carrier.requests();
  REQUIRE(requests.size() == 2);
  CHECK(*requests[0].header("Authorization") == "Basic QUMxOnNlY3JldA==");
  CHECK(*requests[1].header("Authorization") == "Basic U0sxOmtleS1zZWNyZXQ=");
  CHECK(requests[1].target == "/2010-04-01/Accounts/AC1/Calls.json");
}

TEST_CASE("a compatible carrier has a base path of its own") {
  carrier_stand carrier;
  carrier.answer(201, R"({"sid":"3f2b8c1e-7a5d-4d0e-9c1f-2b6a8d7e4f10"})");
  const auto line = open_line(config_for(carrier.base_url() + "/api/laml/2010-04-01/"));
  CHECK(create(*line, call_of(1)).sid.value == "3f2b8c1e-7a5d-4d0e-9c1f-2b6a8d7e4f10");
  CHECK(carrier.requests()[0].target == "/api/laml/2010-04-01/Accounts/AC1/Calls.json");
}

TEST_CASE("a refusal is told with its code and waiting time") {
  carrier_stand carrier;
  const auto line = open_line(config_for(carrier.base_url()));
  http_response busy;
  busy.status = 429;
  busy.content_type = "application/json";
  busy.body = R"({"code":20429,"message":"Too many requests","status":429})";
  busy.headers = {{"Retry-After", "7"}};
  carrier.answer(busy);
  carrier.answer(400, R"({"code":21211,"message":"Invalid 'To' +14155550101","status":400})");
  carrier.answer(401, R"({"code":20003,"message":"Authenticate","status":401})");
  auto reply = create(*line, call_of(1));
  CHECK(reply.result == line_result::answered);
  CHECK(reply.http_status == 429);
  CHECK(reply.error_code == 20429);
  CHECK(reply.retry_after == seconds{7});
  reply = create(*line, call_of(2));
  CHECK(reply.http_status == 400);
  CHECK(reply.error_code == 21211);
  CHECK(reply.message == "Invalid 'To' +*********01");
  CHECK_FALSE(reply.retry_after);
  CHECK_FALSE(reply.sid);
  CHECK(create(*line, call_of(3)).error_code == 20003);
}

TEST_CASE("an error of the carrier's is passed on with its status, and never as a call") {
  for (const int status : {302, 404, 500, 502, 503}) {
    carrier_stand carrier;
    carrier.answer(status, R"({"sid":"CA1","status":"queued"})");
    const auto reply = create(*open_line(config_for(carrier.base_url())), call_of(1));
    CHECK(reply.result == line_result::answered);
    CHECK(reply.http_status == status);
    CHECK_FALSE(reply.sid);
    CHECK(carrier.requests().size() == 1);
  }
}

TEST_CASE("an acceptance without a usable sid is unknown, and asked only once") {
  const std::vector<std::string> bodies = {"",
                                           "{}",
                                           R"({"sid":"CA0123456789)",
                                           "<html>",
                                           R"({"sid":null})",
                                           R"({"sid":"a b"})",
                                           R"({"sid":"CA1","x":")" + std::string(300'000, 'x') +
                                               "\"}"};
  for (const auto& body : bodies) {
    CAPTURE(body.substr(0, 80));
    carrier_stand carrier;
    carrier.answer(201, body);
    const auto reply = create(*open_line(config_for(carrier.base_url())), call_of(1));
    CHECK(reply.result == line_result::unknown);
    CHECK_FALSE(reply.sid);
    CHECK(carrier.requests().size() == 1);
  }
}

TEST_CASE("an answer that is cut or missing is unknown, and asked only once") {
  for (const auto end : {answer_end::cut, answer_end::dropped}) {
    carrier_stand carrier;
    carrier.answer(ending(end));
    const auto reply = create(*open_line(config_for(carrier.base_url())), call_of(1));
    CHECK(reply.result == line_result::unknown);
    CHECK_FALSE(reply.message.empty());
    CHECK(carrier.requests().size() == 1);
  }
}

TEST_CASE("a carrier that does not answer in time leaves the call unknown") {
  carrier_stand carrier;
  carrier.hold();
  auto config = config_for(carrier.base_url());
  config.limits.answer_time = milliseconds{300};
  const auto reply = create(*open_line(config), call_of(1));
  CHECK(reply.result == line_result::unknown);
  CHECK(carrier.requests().size() == 1);
}

TEST_CASE("a carrier that can't be reached was certainly not asked") {
  carrier_stand carrier;
  const auto base_url = carrier.base_url();
  carrier.stop();
  const auto line = open_line(config_for(base_url));
  CHECK(create(*line, call_of(1)).result == line_result::not_sent);
  CHECK(hang_up(*line, "CA1").result == line_result::not_sent);
  CHECK(fetch(*line, "CA1").result == line_result::not_sent);
  CHECK(list(*line).result == line_result::not_sent);
}

TEST_CASE("no attempt is ever sent twice, whatever happens to its connection") {
  carrier_stand carrier;
  constexpr int calls = 120;
  for (int i = 0; i < calls; ++i)
    carrier.answer(ending(std::array{answer_end::as_asked, answer_end::silent, answer_end::cut,
                                     answer_end::dropped}[static_cast<std::size_t>(i) % 4]));
  auto config = config_for(carrier.base_url());
  config.limits.connections = 3;
  const auto line = open_line(config);
  std::vector<awaited<create_reply>> replies(calls);
  for (int i = 0; i < calls; ++i)
    line->create(call_of(i + 1), replies[static_cast<std::size_t>(i)].here());
  std::map<std::string, int> sent;
  std::vector<create_reply> got;
  for (auto& reply : replies)
    got.push_back(reply.get());
  for (const auto& request : carrier.requests()) {
    const auto form = parse_form(request.body);
    REQUIRE(form);
    ++sent[*find_field(*form, "Url")];
  }
  for (const auto& [url, count] : sent)
    CHECK(count == 1);
  int answered = 0;
  for (int i = 0; i < calls; ++i) {
    const auto url =
        webhook_url("https://calls.example.com", webhook::answer, call_of(i + 1).attempt);
    const auto& reply = got[static_cast<std::size_t>(i)];
    if (reply.result == line_result::answered) CHECK(sent.count(url) == 1);
    if (reply.result == line_result::not_sent) CHECK(sent.count(url) == 0);
    answered += reply.result == line_result::answered;
  }
  CHECK(answered > 0);
}

TEST_CASE("past its deadline a call is not sent") {
  carrier_stand carrier;
  const auto line = open_line(config_for(carrier.base_url()));
  auto call = call_of(1);
  call.send_before = now;
  CHECK(create(*line, call).result == line_result::not_sent);
  call.send_before = {};
  CHECK(create(*line, call).result == line_result::not_sent);
  CHECK(carrier.requests().empty());
}

TEST_CASE("a deadline far away is a deadline too") {
  carrier_stand carrier;
  carrier.answer(201, R"({"sid":"CA1"})");
  auto call = call_of(1);
  call.send_before = time_point::max();
  CHECK(create(*open_line(config_for(carrier.base_url())), call).sid.value == "CA1");
}

TEST_CASE("a call that waits for a connection is given up at its deadline") {
  carrier_stand carrier;
  carrier.answer(201, R"({"sid":"CA1"})");
  carrier.hold();
  auto config = config_for(carrier.base_url());
  config.limits.connections = 1;
  const auto line = open_line(config);
  awaited<create_reply> first;
  line->create(call_of(1), first.here());
  carrier.wait_for_requests(1);
  auto late = call_of(2);
  late.send_before = now + milliseconds{100};
  CHECK(create(*line, late).result == line_result::not_sent);
  CHECK_FALSE(first.is_there());
  carrier.release();
  CHECK(first.get().sid.value == "CA1");
  CHECK(carrier.requests().size() == 1);
}

TEST_CASE("what is withdrawn unsent is never sent; what was sent is answered") {
  carrier_stand carrier;
  carrier.answer(201, R"({"sid":"CA1"})");
  carrier.hold();
  auto config = config_for(carrier.base_url());
  config.limits.connections = 1;
  const auto line = open_line(config);
  awaited<create_reply> sent, waiting, other;
  line->create(call_of(1), sent.here());
  carrier.wait_for_requests(1);
  line->create(call_of(2), waiting.here());
  line->create(call_of(3), other.here());
  const auto done = std::make_shared<std::promise<bool>>();
  auto was_first = done->get_future();
  line->withdraw({call_of(1).attempt.token, call_of(2).attempt.token, call_of(99).attempt.token},
                 [done, &waiting] { done->set_value(waiting.is_there()); });
  REQUIRE(was_first.wait_for(seconds{30}) == std::future_status::ready);
  CHECK(was_first.get());
  CHECK(waiting.get().result == line_result::not_sent);
  CHECK_FALSE(sent.is_there());
  carrier.release();
  CHECK(sent.get().result == line_result::answered);
  CHECK(other.get().result == line_result::answered);
  CHECK(carrier.requests().size() == 2);
}

TEST_CASE("nothing certain is said of an attempt that is asked for twice") {
  carrier_stand carrier;
  carrier.answer(201, R"({"sid":"CA1"})");
  carrier.hold();
  const auto line = open_line(config_for(carrier.base_url()));
  awaited<create_reply> first;
  line->create(call_of(1), first.here());
  carrier.wait_for_requests(1);
  CHECK(create(*line, call_of(1)).result == line_result::unknown);
  carrier.release();
  CHECK(first.get().sid.value == "CA1");
  CHECK(carrier.requests().size() == 1);
}

TEST_CASE("destroying the line answers what is in flight") {
  carrier_stand carrier;
  carrier.hold();
  auto config = config_for(carrier.base_url());
  config.limits.connections = 1;
  auto line = open_line(config);
  awaited<create_reply> sent, waiting;
  awaited<list_reply> listing;
  line->create(call_of(1), sent.here());
  carrier.wait_for_requests(1);
  line->create(call_of(2), waiting.here());
  line->list(us, them, listing.here());
  line.reset();
  CHECK(sent.get().result == line_result::unknown);
  CHECK(waiting.get().result == line_result::not_sent);
  CHECK(listing.get().result == line_result::not_sent);
}
