#include "tests/twilio/line_world.hpp"

#include <nlohmann/json.hpp>

using namespace ringmaster;
using namespace ringmaster::net;
using namespace ringmaster::tests;
using nlohmann::json;

namespace {

json listed(const std::string& sid, const std::string& to = them.value) {
  return {{"sid", sid},       {"status", "ringing"},         {"to", to},
          {"from", us.value}, {"direction", "outbound-api"}, {"duration", nullptr}};
}

std::string page(const json& calls, const json& next) {
  return json{{"calls", calls}, {"next_page_uri", next}}.dump();
}

} // namespace

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

TEST_CASE("the account's calls in one state are read page by page") {
  carrier_stand carrier;
  const std::string next = "/2010-04-01/Accounts/AC1/Calls.json?Status=in-progress&Page=1";
  carrier.answer(200, page({listed("CA1"), listed("CA2", "+14155559999")}, next));
  carrier.answer(200, page(json::array({listed("CA3")}), nullptr));
  const auto line = open_line(config_for(carrier.base_url()));
  auto reply = list_page(*line, carrier_status::in_progress, "");
  CHECK(reply.result == line_result::answered);
  CHECK(reply.http_status == 200);
  REQUIRE(reply.calls.size() == 2); // whoever's they are
  CHECK(reply.calls[1].sid.value == "CA2");
  CHECK(reply.next == next);
  reply = list_page(*line, carrier_status::in_progress, next);
  REQUIRE(reply.calls.size() == 1);
  CHECK(reply.next.empty());
  const auto requests = carrier.requests();
  REQUIRE(requests.size() == 2);
  CHECK(requests[0].target ==
        "/2010-04-01/Accounts/AC1/Calls.json?Status=in-progress&PageSize=500");
  CHECK(requests[1].target == next);
  CHECK(requests[1].header("Authorization"));
}

TEST_CASE("a page that can't be read shows nothing, and none is asked for elsewhere") {
  carrier_stand carrier;
  carrier.answer(200, page(json::array({listed("CA1")}), "//elsewhere/Calls.json"));
  carrier.answer(200, R"({"calls":[{"sid":"CA2","status":"dreaming"}]})");
  carrier.answer(400, R"({"code":20001,"message":"Status"})");
  const auto line = open_line(config_for(carrier.base_url()));
  for (int i = 0; i < 2; ++i) {
    const auto reply = list_page(*line, carrier_status::queued, "");
    CHECK(reply.result == line_result::unknown);
    CHECK(reply.calls.empty());
    CHECK(reply.next.empty());
  }
  CHECK(list_page(*line, carrier_status::queued, "").http_status == 400);
  CHECK(list_page(*line, carrier_status::queued, "https://elsewhere/").result ==
        line_result::not_sent);
  CHECK(carrier.requests().size() == 3);
}
