#include "net/twilio/twilio_line.hpp"

#include "net/webhooks/urls.hpp"
#include "tests/twilio/carrier_stand.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <array>
#include <future>
#include <map>

using namespace ringmaster;
using namespace ringmaster::net;
using nlohmann::json;
using ringmaster::tests::carrier_stand;

namespace {

const time_point now{seconds{1'700'000'000}};
const phone_number us{"+14155550100"}, them{"+14155550101"};

std::string token_of(int number) {
  auto text = std::to_string(number);
  return "0f8fad5b-d9cb-469f-a165-" + std::string(12 - text.size(), '0') + text;
}

place_call call_of(int number) {
  place_call call;
  call.attempt = {business_id{3}, job_id{number}, dial_token{token_of(number)}};
  call.to = them;
  call.from = us;
  call.ring_timeout_s = 45;
  call.send_before = now + seconds{30};
  return call;
}

twilio_config config_for(const std::string& base_url) {
  twilio_config config;
  config.base_url = base_url;
  config.account_sid = "AC1";
  config.auth_token = "secret";
  return config;
}

std::unique_ptr<carrier_line> open_line(const twilio_config& config) {
  auto line = make_twilio_line(
      config,
      [](const attempt_ref& attempt) {
        const std::string base = "https://calls.example.com";
        return callback_urls{webhook_url(base, webhook::answer, attempt),
                             webhook_url(base, webhook::status, attempt)};
      },
      [] { return now; });
  if (!line) FAIL(line.error().message);
  return std::move(*line);
}

/// A reply that a test can wait for.
template <class Reply>
class awaited {
public:
  std::function<void(Reply)> here() {
    return [promise = promise_](Reply reply) { promise->set_value(std::move(reply)); };
  }
  bool is_there() const { return future_.wait_for(seconds{0}) == std::future_status::ready; }
  Reply get() {
    REQUIRE(future_.wait_for(seconds{30}) == std::future_status::ready);
    return future_.get();
  }

private:
  std::shared_ptr<std::promise<Reply>> promise_ = std::make_shared<std::promise<Reply>>();
  std::future<Reply> future_ = promise_->get_future();
};

create_reply create(carrier_line& line, const place_call& call) {
  awaited<create_reply> reply;
  line.create(call, reply.here());
  return reply.get();
}

command_reply hang_up(carrier_line& line, const std::string& sid) {
  awaited<command_reply> reply;
  line.hang_up(call_sid{sid}, reply.here());
  return reply.get();
}

fetch_reply fetch(carrier_line& line, const std::string& sid) {
  awaited<fetch_reply> reply;
  line.fetch(call_sid{sid}, reply.here());
  return reply.get();
}

list_reply list(carrier_line& line) {
  awaited<list_reply> reply;
  line.list(us, them, reply.here());
  return reply.get();
}

http_response ending(answer_end end) {
  http_response response;
  response.status = 201;
  response.content_type = "application/json";
  response.body = R"({"sid":"CA1","status":"queued"})";
  response.end = end;
  return response;
}

json listed(const std::string& sid, const std::string& to = them.value) {
  return {{"sid", sid},       {"status", "ringing"},         {"to", to},
          {"from", us.value}, {"direction", "outbound-api"}, {"duration", nullptr}};
}

std::string page(const json& calls, const json& next) {
  return json{{"calls", calls}, {"next_page_uri", next}}.dump();
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
  CHECK(parse_form(requests[0].body) ==
        field_list{{"To", them.value},
                   {"From", us.value},
                   {"Url", "https://calls.example.com/webhook/voice/answer" + query},
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
  line->withdraw({dial_token{token_of(1)}, dial_token{token_of(2)}, dial_token{token_of(99)}},
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

TEST_CASE("hanging up asks for the end of that call") {
  carrier_stand carrier;
  carrier.answer(200, R"({"sid":"CA1","status":"completed"})");
  carrier.answer(400, R"({"code":21220,"message":"Call is not in-progress"})");
  const auto line = open_line(config_for(carrier.base_url()));
  auto reply = hang_up(*line, "v3:a-b_c=");
  CHECK(reply.result == line_result::answered);
  CHECK(reply.http_status == 200);
  CHECK(reply.error_code == 0);
  const auto requests = carrier.requests();
  CHECK(requests[0].method == "POST");
  CHECK(requests[0].target == "/2010-04-01/Accounts/AC1/Calls/v3%3Aa-b_c%3D.json");
  CHECK(requests[0].body == "Status=completed");
  reply = hang_up(*line, "CA1");
  CHECK(reply.http_status == 400);
  CHECK(reply.error_code == 21220);
}

TEST_CASE("a name that can't be a call's is not asked about") {
  carrier_stand carrier;
  const auto line = open_line(config_for(carrier.base_url()));
  for (const auto* sid : {"", "..", "a/b", "a b", "a?b", "a\r\nX: y"}) {
    CHECK(hang_up(*line, sid).result == line_result::not_sent);
    CHECK(fetch(*line, sid).result == line_result::not_sent);
  }
  CHECK(carrier.requests().empty());
}

TEST_CASE("a call is fetched") {
  carrier_stand carrier;
  carrier.answer(200, listed("CA1").dump());
  carrier.answer(404, R"({"code":20404,"message":"not found"})");
  carrier.answer(200, R"({"sid":"CA1","status":"dreaming"})");
  const auto line = open_line(config_for(carrier.base_url()));
  auto reply = fetch(*line, "CA1");
  CHECK(reply.result == line_result::answered);
  REQUIRE(reply.call);
  CHECK(reply.call->status == carrier_status::ringing);
  CHECK(carrier.requests()[0].method == "GET");
  CHECK(carrier.requests()[0].target == "/2010-04-01/Accounts/AC1/Calls/CA1.json");
  reply = fetch(*line, "CA1");
  CHECK(reply.result == line_result::answered);
  CHECK(reply.http_status == 404);
  CHECK_FALSE(reply.call);
  reply = fetch(*line, "CA1");
  CHECK(reply.result == line_result::unknown);
  CHECK_FALSE(reply.call);
}

TEST_CASE("a list is followed to its end and holds each call between the two numbers once") {
  carrier_stand carrier;
  carrier.answer(200, page({listed("CA1"), listed("CA2", "+14155559999")},
                           "/2010-04-01/Accounts/AC1/Calls.json?Page=1&PageToken=x%20y"));
  carrier.answer(200, page({listed("CA1"), listed("CA3", "1 (415) 555-0101")}, nullptr));
  const auto line = open_line(config_for(carrier.base_url()));
  const auto reply = list(*line);
  CHECK(reply.result == line_result::answered);
  CHECK(reply.http_status == 200);
  REQUIRE(reply.calls.size() == 2);
  CHECK(reply.calls[0].sid.value == "CA1");
  CHECK(reply.calls[1].sid.value == "CA3");
  const auto requests = carrier.requests();
  REQUIRE(requests.size() == 2);
  CHECK(requests[0].target == "/2010-04-01/Accounts/AC1/Calls.json?To=%2B14155550101&From="
                              "%2B14155550100&PageSize=200");
  CHECK(requests[1].target == "/2010-04-01/Accounts/AC1/Calls.json?Page=1&PageToken=x%20y");
  REQUIRE(requests[1].header("Authorization"));
}

TEST_CASE("a list that is not read to its end proves nothing") {
  const std::string next = "/2010-04-01/Accounts/AC1/Calls.json?Page=1";
  const auto first = page(json::array({listed("CA1")}), next);
  http_response cut;
  cut.content_type = "application/json";
  cut.body = page(json::array({listed("CA2")}), nullptr);
  cut.end = answer_end::cut;
  carrier_stand carrier;
  carrier.answer(200, first);
  carrier.answer(cut);
  carrier.answer(200, first);
  carrier.answer(200, R"({"calls":[{"sid":"CA2","status":"dreaming"}]})");
  carrier.answer(200, first);
  carrier.answer(200, "{}");
  const auto line = open_line(config_for(carrier.base_url()));
  for (int i = 0; i < 3; ++i) {
    const auto reply = list(*line);
    CHECK(reply.result == line_result::unknown);
    CHECK(reply.calls.empty());
  }
  CHECK(carrier.requests().size() == 6);
}

TEST_CASE("an error within a list is the list's error") {
  carrier_stand carrier;
  carrier.answer(200, page(json::array({listed("CA1")}), "/2010-04-01/next"));
  carrier.answer(503, "");
  const auto reply = list(*open_line(config_for(carrier.base_url())));
  CHECK(reply.result == line_result::answered);
  CHECK(reply.http_status == 503);
  CHECK(reply.calls.empty());
}

TEST_CASE("a list leads to no other server") {
  carrier_stand elsewhere;
  for (const auto& next :
       {elsewhere.base_url() + "/x", "//" + elsewhere.base_url().substr(7), std::string("next"),
        std::string("/a b"), std::string("/a\r\nX: y"), std::string("/\\evil"), std::string("/")}) {
    CAPTURE(next);
    carrier_stand carrier;
    carrier.answer(200, page(json::array({listed("CA1")}), next));
    const auto reply = list(*open_line(config_for(carrier.base_url())));
    CHECK(reply.result == line_result::unknown);
    CHECK(reply.calls.empty());
    CHECK(carrier.requests().size() == 1);
  }
  CHECK(elsewhere.requests().empty());
}

TEST_CASE("a list without end is given up") {
  carrier_stand carrier;
  carrier.answer(200, page(json::array({listed("CA1")}), "/2010-04-01/again"));
  const auto reply = list(*open_line(config_for(carrier.base_url())));
  CHECK(reply.result == line_result::unknown);
  CHECK(carrier.requests().size() == 20);
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

TEST_CASE("settings that can't work are refused with what to set") {
  const auto refused = [](const twilio_config& config) {
    const auto line = make_twilio_line(config, {}, [] { return now; });
    REQUIRE_FALSE(line);
    CHECK(line.error().kind == failure_kind::invalid);
    CHECK_THAT(line.error().message, Catch::StartsWith(line.error().field));
    CHECK_THAT(line.error().message, !Catch::Contains("the-secret"));
    return line.error().field;
  };
  for (const auto* url :
       {"", "api.twilio.com", "ftp://api.twilio.com", "http://api.twilio.com", "http://10.0.0.1",
        "https://user:the-secret@api.twilio.com", "https://api.twilio.com/?x=1",
        "https://api.twilio.com/#x", "wss://api.twilio.com"}) {
    CAPTURE(url);
    CHECK(refused(config_for(url)) == "TWILIO_API_BASE_URL");
  }
  auto config = config_for("https://api.twilio.com");
  for (const auto* sid : {"", "AC/1", "AC 1", "AC1\r\n"}) {
    config.account_sid = sid;
    CHECK(refused(config) == "TWILIO_ACCOUNT_SID");
  }
  config = config_for("https://api.twilio.com");
  for (const auto* token : {"", "the-secret\r\nX: y", "the-secret "}) {
    config.auth_token = token;
    CHECK(refused(config) == "TWILIO_AUTH_TOKEN");
  }
  config = config_for("https://api.twilio.com");
  config.api_key_secret = "the-secret";
  CHECK(refused(config) == "TWILIO_API_KEY_SID");
  config.api_key_sid = "SK:1";
  CHECK(refused(config) == "TWILIO_API_KEY_SID");
}
