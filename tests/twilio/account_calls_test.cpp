#include "net/twilio/account_calls.hpp"
#include "tests/twilio/line_world.hpp"

#include <nlohmann/json.hpp>

using namespace ringmaster;
using namespace ringmaster::net;
using namespace ringmaster::tests;
using nlohmann::json;

namespace {

/// A call created at minute `minute` of an hour.
json created(const std::string& sid, int minute, const std::string& direction = "outbound-api") {
  const auto created = "Tue, 14 Nov 2023 22:" + std::string(minute < 10 ? "0" : "") +
                       std::to_string(minute) + ":00 +0000";
  return {{"sid", sid},       {"status", "completed"},  {"to", them.value},
          {"from", us.value}, {"direction", direction}, {"date_created", created}};
}

std::string listing(const json& calls, const json& next = nullptr) {
  return json{{"calls", calls}, {"next_page_uri", next}}.dump();
}

const time_point ten_past{seconds{1'700'000'000 - 13 * 60 - 20 + 10 * 60}}; // 22:10

std::vector<std::string> sids_of(const std::vector<carrier_call>& calls) {
  std::vector<std::string> all;
  for (const auto& call : calls)
    all.push_back(call.sid.value);
  return all;
}

} // namespace

TEST_CASE("all calls of the account are listed, each once, as far back as is asked for") {
  carrier_stand carrier;
  carrier.answer(
      200, listing(json::array({created("CA4", 14), created("CA3", 13)}), "/2010-04-01/second"));
  carrier.answer(
      200,
      listing(json::array({created("CA3", 13), created("CA2", 10), created("CA1", 9)}), "/third"));
  carrier.answer(200, listing(json::array({created("CA0", 8)}), "/2010-04-01/never-asked-for"));
  const auto calls = calls_since(config_for(carrier.base_url()), ten_past);
  REQUIRE(calls);
  CHECK(sids_of(*calls) == std::vector<std::string>{"CA4", "CA3", "CA2"});
  const auto asked = carrier.requests();
  REQUIRE(asked.size() == 3);
  CHECK(asked[0].target == "/2010-04-01/Accounts/AC1/Calls.json?PageSize=1000");
  CHECK(asked[1].target == "/2010-04-01/second");
  CHECK(asked[2].target == "/third");
}

TEST_CASE("without a moment the list is read to its end") {
  carrier_stand carrier;
  carrier.answer(200, listing(json::array({created("CA1", 9)}), "/next"));
  carrier.answer(200, listing(json::array({created("CA0", 8)})));
  const auto calls = calls_since(config_for(carrier.base_url()), std::nullopt);
  REQUIRE(calls);
  CHECK(sids_of(*calls) == std::vector<std::string>{"CA1", "CA0"});
}

TEST_CASE("a call that came in without a number does not spoil the list") {
  carrier_stand carrier;
  auto from_nobody = created("CA1", 12, "inbound");
  from_nobody["from"] = "";
  carrier.answer(200, listing(json::array({from_nobody, created("CA2", 11)})));
  const auto calls = calls_since(config_for(carrier.base_url()), std::nullopt);
  REQUIRE(calls);
  CHECK(sids_of(*calls) == std::vector<std::string>{"CA2"});
}

TEST_CASE("a list that can't be read as far as that is no list") {
  auto nameless = created("CA1", 9);
  nameless["to"] = "";
  for (const auto& [status, body] : std::vector<std::pair<int, std::string>>{
           {200, listing(json::array({created("CA0", 12)}), "//elsewhere/x")},
           {200, listing(json::array({nameless}))},
           {200, "<html>"},
           {401, R"({"code":20003,"message":"Authenticate"})"},
           {503, ""}}) {
    CAPTURE(body);
    carrier_stand carrier;
    carrier.answer(200, listing(json::array({created("CA3", 13)}), "/second"));
    carrier.answer(status, body);
    const auto calls = calls_since(config_for(carrier.base_url()), ten_past);
    REQUIRE_FALSE(calls);
    CHECK(calls.error().code == "carrier_list_unread");
  }
}
