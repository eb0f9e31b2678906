#include "net/webhooks/urls.hpp"

#include "net/http/url.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;
using namespace ringmaster::net;

namespace {

const std::string token = "0f8fad5b-d9cb-469f-a165-70867728950e";
const attempt_ref attempt{business_id{3}, job_id{40}, *dial_token::from(token)};

std::string base_of(const std::string& setting) {
  auto base = public_base_url(setting);
  REQUIRE(base);
  return *base;
}

} // namespace

TEST_CASE("a host name means https") {
  CHECK(base_of("calls.example.com") == "https://calls.example.com");
  CHECK(base_of("Calls.Example.COM") == "https://calls.example.com");
  CHECK(base_of("calls.example.com:8443") == "https://calls.example.com:8443");
  CHECK(base_of("calls.example.com:443") == "https://calls.example.com");
}

TEST_CASE("a whole base URL is taken as it is") {
  CHECK(base_of("http://127.0.0.1:8080") == "http://127.0.0.1:8080");
  CHECK(base_of("http://127.0.0.1:8080/") == "http://127.0.0.1:8080");
  CHECK(base_of("https://calls.example.com") == "https://calls.example.com");
  CHECK(base_of("http://[::1]:8080") == "http://[::1]:8080");
}

TEST_CASE("a public host that can't work is refused with what to set") {
  const std::vector<std::string> settings = {"",
                                             " ",
                                             "https://",
                                             "ftp://calls.example.com",
                                             "wss://calls.example.com",
                                             "calls.example.com/hooks",
                                             "https://calls.example.com/hooks",
                                             "https://calls.example.com/?",
                                             "https://calls.example.com?a=b",
                                             "https://calls.example.com#x",
                                             "https://user:secret@calls.example.com",
                                             "user@calls.example.com",
                                             "my_host.example.com",
                                             "https://שלום.example.com/",
                                             "https://calls.example.com/שלום",
                                             "-bad.example.com",
                                             "a..example.com",
                                             "calls.example.com:0",
                                             "calls.example.com:99999",
                                             "calls.example.com\r\nX: y"};
  for (const auto& setting : settings) {
    CAPTURE(setting);
    const auto base = public_base_url(setting);
    REQUIRE_FALSE(base);
    CHECK(base.error().kind == failure_kind::invalid);
    CHECK(base.error().field == "PUBLIC_HOST");
    CHECK_THAT(base.error().message, Catch::Contains("set it to"));
    CHECK_THAT(base.error().message, !Catch::Contains("secret"));
  }
}

TEST_CASE("every URL made leads to a route that is served") {
  for (const auto hook : {webhook::answer, webhook::status}) {
    const auto url = webhook_url("https://calls.example.com", hook, attempt);
    const auto parts = parse_url(url);
    REQUIRE(parts);
    CHECK(parts->host == "calls.example.com");
    const auto question = parts->target.find('?');
    CHECK(webhook_from(parts->target.substr(0, question)) == hook);
    const auto back = attempt_from(parts->target.substr(question + 1));
    REQUIRE(back);
    CHECK(back->business == attempt.business);
    CHECK(back->job == attempt.job);
    CHECK(back->token == attempt.token);
  }
}

TEST_CASE("the routes are those of the HTTP interface") {
  CHECK(path_of(webhook::answer) == "/webhook/voice/answer");
  CHECK(path_of(webhook::status) == "/webhook/voice/status");
  for (const auto* path : {"", "/", "/webhook/voice", "/webhook/voice/status/",
                           "/webhook/voice/Status", "/webhook/voice/answer2"})
    CHECK_FALSE(webhook_from(path));
}

TEST_CASE("both URLs ask for more deliveries, in a part that is never sent") {
  const auto base = "http://127.0.0.1:8080";
  CHECK(webhook_url(base, webhook::answer, attempt) ==
        "http://127.0.0.1:8080/webhook/voice/answer?business=3&job=40&token=" + token +
            "#rc=5&rp=all");
  CHECK(webhook_url(base, webhook::status, attempt) ==
        "http://127.0.0.1:8080/webhook/voice/status?business=3&job=40&token=" + token +
            "#rc=5&rp=all");
}

TEST_CASE("the largest ids go round") {
  const attempt_ref large{business_id{INT64_MAX}, job_id{INT64_MAX}, *dial_token::from(token)};
  const auto url = webhook_url("https://a", webhook::answer, large);
  const auto parts = parse_url(url); // without the fragment, as the carrier sends it
  REQUIRE(parts);
  const auto back = attempt_from(parts->target.substr(parts->target.find('?') + 1));
  REQUIRE(back);
  CHECK(back->job.value == INT64_MAX);
}

TEST_CASE("encoded and foreign fields of a query are read past") {
  CHECK(attempt_from("%62usiness=%33&job=40&token=" + token));
  CHECK(attempt_from("business=3&job=40&name=%D7%A9%D7%9C%D7%95%D7%9D&token=" + token));
}

TEST_CASE("a query that is not exactly ours names no attempt") {
  const std::vector<std::string> queries = {
      "",
      "business=3&job=40",
      "business=3&token=" + token,
      "job=40&token=" + token,
      "business=0&job=40&token=" + token,
      "business=-3&job=40&token=" + token,
      "business=%2B3&job=40&token=" + token,
      "business=03&job=40&token=" + token,
      "business=3.0&job=40&token=" + token,
      "business=3x&job=40&token=" + token,
      "business=&job=40&token=" + token,
      "business=9223372036854775808&job=40&token=" + token,
      "business=3&business=3&job=40&token=" + token,
      "business=3&job=40&job=41&token=" + token,
      "business=3&job=40&token=" + token + "&token=" + token,
      "business=3&job=40&token=",
      "business=3&job=40&token=" + token + "0",
      "business=3&job=40&token=0F8FAD5B-D9CB-469F-A165-70867728950E",
      "business=3&job=40&token=0f8fad5bd9cb469fa16570867728950e",
      "business=3&job=40&token=0f8fad5b-d9cb-469f-a165-70867728950g",
      "business=3&job=40&token=0f8fad5b_d9cb_469f_a165_70867728950e",
      "Business=3&job=40&token=" + token,
      "business=%zz&job=40&token=" + token,
  };
  for (const auto& query : queries) {
    CAPTURE(query);
    CHECK_FALSE(attempt_from(query));
  }
}

TEST_CASE("a query with very many fields is not read") {
  std::string query = "business=3&job=40&token=" + token;
  for (int i = 0; i < 100; ++i)
    query += "&x=" + std::to_string(i);
  CHECK_FALSE(attempt_from(query));
}
