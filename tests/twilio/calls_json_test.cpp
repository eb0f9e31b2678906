#include "net/twilio/calls_json.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <random>

using namespace ringmaster;
using namespace ringmaster::net;
using nlohmann::json;

namespace {

const json full_call = json::parse(R"({
  "sid": "CA0123456789abcdef0123456789abcdef", "account_sid": "AC0", "status": "in-progress",
  "to": "+14155550101", "from": "+14155550100", "direction": "outbound-api",
  "date_created": "Tue, 18 Aug 2015 16:25:34 +0000", "date_updated": null,
  "start_time": "Tue, 18 Aug 2015 16:25:40 +0000", "end_time": null, "duration": "12",
  "price": null, "answered_by": "human", "subresource_uris": {"recordings": "/x"}})");

json with(json call, const std::string& name, const json& value) {
  call[name] = value;
  return call;
}

json page_of(const json& calls, const json& next) {
  return {{"calls", calls}, {"page", 0}, {"next_page_uri", next}};
}

} // namespace

TEST_CASE("a created call is named by its sid") {
  CHECK(read_call_sid(full_call.dump()).value == "CA0123456789abcdef0123456789abcdef");
  CHECK(read_call_sid(R"({"sid":"3f2b8c1e-7a5d-4d0e-9c1f-2b6a8d7e4f10"})"));
  CHECK(read_call_sid(R"({"sid":"v3:KR5kZlP-x_y.z=="})"));
  CHECK(read_call_sid(json{{"sid", std::string(128, 'a')}}.dump()));
}

TEST_CASE("only the answer's own sid names the call") {
  CHECK(read_call_sid(R"({"sid":"CA1","x":{"sid":"CA2"},"y":[{"sid":"CA3"}]})").value == "CA1");
  CHECK(read_call_sid(R"({"x":{"sid":"CA2"},"sid":"CA1"})").value == "CA1");
  CHECK(read_call_sid(R"({"sid":17})").value == "17");
  CHECK(read_call_sid(R"({"sid":"CA1","sid":"CA2"})").value == "CA2");
  CHECK_FALSE(read_call_sid(R"({"x":{"sid":"CA2"}})"));
  CHECK_FALSE(read_call_sid(R"([{"sid":"CA2"}])"));
  CHECK_FALSE(read_call_sid(R"({"sid":{"sid":"CA2"}})"));
  CHECK_FALSE(read_call_sid(R"({"sid":"CA1","sid":null})"));
}

TEST_CASE("without a usable sid the call has no name") {
  for (const auto* body : {"",
                           "{",
                           "null",
                           "[]",
                           "7",
                           "{}",
                           R"({"sid":null})",
                           R"({"sid":""})",
                           R"({"sid":true})",
                           R"({"sid":["CA1"]})",
                           R"({"sid":"CA 1"})",
                           R"({"sid":"../1"})",
                           R"({"sid":".."})",
                           R"({"sid":"CA1\n"})",
                           R"({"sid":"CA\u0000"})",
                           R"({"sid":"שלום"})",
                           R"({"sid": "CA0123456789abcdef)",
                           "<html>Bad gateway</html>",
                           "{\"sid\":\"CA1\"} {}",
                           "{\"sid\":\"CA\xFF\"}"}) {
    CAPTURE(body);
    CHECK_FALSE(read_call_sid(body));
  }
  CHECK_FALSE(read_call_sid(json{{"sid", std::string(129, 'a')}}.dump()));
}

TEST_CASE("every prefix of an answer is unreadable") {
  const auto body = full_call.dump();
  for (std::size_t size = 0; size < body.size(); ++size) {
    CHECK_FALSE(read_call_sid(body.substr(0, size)));
    CHECK_FALSE(read_call(body.substr(0, size)));
  }
}

TEST_CASE("a call is read with its times") {
  const auto call = read_call(full_call.dump());
  REQUIRE(call);
  CHECK(call->sid.value == "CA0123456789abcdef0123456789abcdef");
  CHECK(call->status == carrier_status::in_progress);
  CHECK(call->to.value == "+14155550101");
  CHECK(call->from.value == "+14155550100");
  CHECK(call->direction == "outbound-api");
  CHECK(call->created_at == time_point{seconds{1'439'915'134}});
  CHECK(call->started_at == time_point{seconds{1'439'915'140}});
  CHECK_FALSE(call->ended_at);
  CHECK(call->duration_s == 12);
  CHECK(call->answered_by == "human");
}

TEST_CASE("numbers may be texts and texts may be missing") {
  CHECK(read_call(with(full_call, "duration", 12).dump())->duration_s == 12);
  CHECK(read_call(with(full_call, "duration", nullptr).dump())->duration_s == 0);
  CHECK(read_call(with(full_call, "duration", "-5").dump())->duration_s == 0);
  CHECK(read_call(with(full_call, "duration", "99999999999").dump())->duration_s == 0);
  CHECK(read_call(with(full_call, "duration", json::array()).dump())->duration_s == 0);
  CHECK(read_call(R"({"sid":"CA1","status":"completed"})")->to.value.empty());
  CHECK(read_call(with(full_call, "date_created", "yesterday").dump())->created_at == std::nullopt);
}

TEST_CASE("a call without a known status is unreadable") {
  CHECK_FALSE(read_call(with(full_call, "status", "dreaming").dump()));
  CHECK_FALSE(read_call(with(full_call, "status", nullptr).dump()));
  CHECK_FALSE(read_call(R"({"sid":"CA1"})"));
}

TEST_CASE("a page is read with the way to the next") {
  const auto page = read_call_page(page_of(json::array({full_call}), "/next?Page=1").dump());
  REQUIRE(page);
  CHECK(page->calls.size() == 1);
  CHECK(page->next_page_uri == "/next?Page=1");
  CHECK(read_call_page(page_of(json::array(), nullptr).dump())->next_page_uri.empty());
  CHECK(read_call_page(page_of(json::array(), "").dump())->next_page_uri.empty());
  CHECK(read_call_page(R"({"calls":[]})")->calls.empty());
}

TEST_CASE("a page with anything unreadable in it proves nothing") {
  const std::vector<json> pages = {
      json::array(),
      json::object(),
      {{"calls", nullptr}},
      {{"calls", json::object()}},
      page_of(json::array({full_call, nullptr}), nullptr),
      page_of(json::array({full_call, with(full_call, "status", "?")}), nullptr),
      page_of(json::array({with(full_call, "sid", "")}), nullptr),
      page_of(json::array({with(full_call, "to", nullptr)}), nullptr),
      page_of(json::array({with(full_call, "from", nullptr)}), nullptr),
      page_of(json::array({full_call}), 7),
      page_of(json::array({full_call}), json::array()),
      page_of(json::array({full_call}), std::string(5000, 'x'))};
  for (const auto& page : pages) {
    CAPTURE(page.dump());
    CHECK_FALSE(read_call_page(page.dump()));
  }
}

TEST_CASE("an error is read with its code") {
  const auto error = read_error(R"({"code":21211,"message":"Bad 'To'","status":400})");
  CHECK(error.code == 21211);
  CHECK(error.message == "Bad 'To'");
  CHECK(read_error(R"({"code":"21211"})").code == 21211);
  CHECK(read_error(R"({"detail":"why"})").message == "why");
}

TEST_CASE("a body that is no error has no code") {
  for (const auto* body : {"", "null", "[1]", "<html>", R"({"code":null})", R"({"code":-7})",
                           R"({"code":1.5})", R"({"code":99999999999999})", R"({"code":{}})"})
    CHECK(read_error(body).code == 0);
}

TEST_CASE("an error's message is one short line without phone numbers") {
  CHECK(read_error(R"({"message":"To +14155550101 is\nnot\u0000 valid, see 21211"})").message ==
        "To +*********01 is not  valid, see 21211");
  std::string hebrew;
  for (int i = 0; i < 500; ++i)
    hebrew += "ש";
  const auto message = read_error(json{{"message", "x" + hebrew}}.dump()).message;
  CHECK(message == "x" + hebrew.substr(0, 298));
}

TEST_CASE("nesting without end is refused") {
  CHECK_FALSE(read_call_sid(std::string(1'000'000, '[')));
  std::string nested = R"({"sid":"CA1","x":)";
  for (int i = 0; i < 100'000; ++i)
    nested += R"({"x":)";
  CHECK_FALSE(read_call_sid(nested));
  CHECK_FALSE(read_call_sid(R"({"sid":"CA1","x":[[[[[[[[[[1]]]]]]]]]]})"));
}

TEST_CASE("answers damaged at random are read or refused, never more") {
  const unsigned seed = 11;
  std::mt19937 random(seed);
  const auto page = page_of(json::array({full_call, full_call}), "/next").dump();
  int readable = 0;
  for (int i = 0; i < 20'000; ++i) {
    CAPTURE(seed, i);
    auto body = page;
    for (auto changes = random() % 3 + 1; changes > 0; --changes)
      body[random() % body.size()] = static_cast<char>(random());
    const auto found = read_call_page(body);
    if (!found) continue;
    ++readable;
    for (const auto& call : found->calls)
      CHECK(is_call_sid(call.sid.value));
  }
  CHECK(readable > 0);
  CHECK(readable < 20'000);
}
