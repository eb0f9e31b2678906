#include "config/call_health.hpp"
#include "config/settings.hpp"

#include <catch2/catch.hpp>

#include <map>

using namespace ringmaster;
using namespace ringmaster::config;

namespace {

std::string problem(const std::string& text) {
  auto parsed = parse_settings(text, "file");
  return parsed ? "" : parsed.error().message;
}

environment env(std::map<std::string, std::string> values) {
  return [values](const char* name) -> std::optional<std::string> {
    auto found = values.find(name);
    if (found == values.end()) return std::nullopt;
    return found->second;
  };
}

} // namespace

TEST_CASE("the shipped settings file holds every key with its default") {
  auto shipped = read_settings(RINGMASTER_SOURCE_DIR "/config/ringmaster.json", env({}));
  REQUIRE(shipped);
  settings defaults;
  CHECK(shipped->http.port == defaults.http.port);
  CHECK(shipped->http.address == defaults.http.address);
  CHECK(shipped->http.certificate_file == defaults.http.certificate_file);
  CHECK(shipped->http.key_file == defaults.http.key_file);
  CHECK(shipped->http.trusted_proxies == defaults.http.trusted_proxies);
  CHECK(shipped->database.stores == defaults.database.stores);
  CHECK(shipped->carrier.base_url == defaults.carrier.base_url);
  CHECK(shipped->carrier.window == defaults.carrier.window);
  CHECK_FALSE(shipped->carrier.calls_per_second);
  CHECK(shipped->carrier.answer_time == defaults.carrier.answer_time);
  CHECK(shipped->carrier.progress == defaults.carrier.progress);
  CHECK(shipped->dialing.send_deadline == defaults.dialing.send_deadline);
  CHECK(shipped->dialing.bulk_patience == defaults.dialing.bulk_patience);
  CHECK(shipped->dialing.bulk_page == defaults.dialing.bulk_page);
  CHECK(shipped->log.file == defaults.log.file);
  CHECK(shipped->console.socket == defaults.console.socket);
  CHECK(shipped->limits.requests_per_second == defaults.limits.requests_per_second);
  CHECK(shipped->limits.burst == defaults.limits.burst);
  CHECK(shipped->limits.wrong_keys_per_minute == defaults.limits.wrong_keys_per_minute);
  CHECK(shipped->look_limits.per_second == defaults.look_limits.per_second);
  CHECK(shipped->look_limits.at_once == defaults.look_limits.at_once);
  CHECK(shipped->look_limits.list_from == defaults.look_limits.list_from);
  CHECK(shipped->looking.grace == defaults.looking.grace);
  CHECK(shipped->looking.skew == defaults.looking.skew);
  CHECK(shipped->looking.ring_margin == defaults.looking.ring_margin);
  CHECK(shipped->looking.talk_poll == defaults.looking.talk_poll);
  CHECK(shipped->looking.first_pause == defaults.looking.first_pause);
  CHECK(shipped->looking.longest_pause == defaults.looking.longest_pause);
  CHECK_FALSE(shipped->looking.gone_after);
  CHECK(shipped->looking.answer_time == defaults.looking.answer_time);
  CHECK(shipped->looking.send_deadline == defaults.looking.send_deadline);
}

TEST_CASE("a typo in a key never passes in silence") {
  CHECK(problem(R"({"htp":{}})").find("unknown key htp") != std::string::npos);
  CHECK(problem(R"({"http":{"prot":1}})").find("unknown key http.prot") != std::string::npos);
}

TEST_CASE("a wrong type or an impossible value is told with the key and what would be right") {
  CHECK(problem(R"({"http":{"port":"80"}})") ==
        "file: http.port must be a whole number from 0 to 65535");
  CHECK(problem(R"({"http":{"port":70000}})").find("http.port") != std::string::npos);
  CHECK(problem(R"({"http":{"port":1.5}})").find("http.port") != std::string::npos);
  CHECK(problem(R"({"http":[]})") == "file: http must be an object");
  CHECK(problem(R"({"log":{"json":1}})") == "file: log.json must be true or false");
  CHECK(problem(R"({"log":{"level":"loud"}})") ==
        "file: log.level must be one of debug, error, info, warn");
  CHECK(problem(R"({"carrier":{"calls_per_second":-1}})").find("carrier.calls_per_second") !=
        std::string::npos);
  const std::string list = "file: carrier.progress must be a list of any of initiated, ringing, "
                           "answered, each once";
  for (const auto* bad : {R"("ringing")", R"(["completed"])", R"(["ringing","ringing"])", "[1]"})
    CHECK(problem(R"({"carrier":{"progress":)" + std::string(bad) + "}}") == list);
  CHECK(problem(R"({"admin_key":5})") == "file: admin_key must be a text");
  CHECK(problem("[]").find("must be an object") != std::string::npos);
  CHECK(problem("{").find("not valid JSON") != std::string::npos);
}

TEST_CASE("the reconciler's settings must fit each other") {
  CHECK(problem(R"({"reconciler":{"grace_s":20,"skew_s":20}})") ==
        "file: reconciler.skew_s must be less than grace_s");
  CHECK(problem(R"({"reconciler":{"first_pause_ms":5000,"longest_pause_ms":1000}})") ==
        "file: reconciler.longest_pause_ms must be at least first_pause_ms");
  CHECK(problem(R"({"reconciler":{"gone_after_s":1}})").find("reconciler.gone_after_s") !=
        std::string::npos);
  auto read =
      parse_settings(R"({"reconciler":{"gone_after_s":86400},"dialing":{"send_deadline_s":2},
                                 "carrier":{"connect_time_ms":500,"answer_time_ms":700}})",
                     "file");
  REQUIRE(read);
  CHECK(*read->looking.gone_after == seconds{86400});
  CHECK(read->looking.send_deadline == seconds{2});
  CHECK(read->looking.answer_time == milliseconds{1200});
}

TEST_CASE("the environment wins over the file") {
  auto read = read_settings("", env({{"RINGMASTER_PORT", "9001"},
                                     {"DATABASE_URL", "postgresql://x"},
                                     {"PUBLIC_HOST", "calls.example.com"},
                                     {"TWILIO_ACCOUNT_SID", "AC1"},
                                     {"TWILIO_AUTH_TOKEN", "t"},
                                     {"TWILIO_API_BASE_URL", "http://127.0.0.1:4010"},
                                     {"RINGMASTER_ADMIN_KEY", "k"}}));
  REQUIRE(read);
  CHECK(read->http.port == 9001);
  CHECK(read->database.url == "postgresql://x");
  CHECK(read->public_host == "calls.example.com");
  CHECK(read->carrier.account_sid == "AC1");
  CHECK(read->carrier.auth_token == "t");
  CHECK(read->carrier.base_url == "http://127.0.0.1:4010");
  CHECK(read->admin_key == "k");
}

TEST_CASE("a wrong port in the environment stops the start") {
  for (const char* port : {"eighty", "70000", "-1", "80 ", "999999999999"}) {
    auto read = read_settings("", env({{"RINGMASTER_PORT", port}}));
    REQUIRE_FALSE(read);
    CHECK(read.error().message.find("RINGMASTER_PORT") != std::string::npos);
  }
}

TEST_CASE("a settings file that can't be read stops the start") {
  auto read = read_settings("/nowhere/ringmaster.json", env({}));
  REQUIRE_FALSE(read);
  CHECK(read.error().message.find("/nowhere/ringmaster.json") != std::string::npos);
}

TEST_CASE("readiness tells where slots and calls differ, and nothing else") {
  counters count;
  count.strays_found = count.strays_ended = 3;
  CHECK(calls_told(count).empty());
  ++count.strays_found;
  CHECK(calls_told(count) == "1 stray calls may ring outside the slots and are hung up");
  ++count.calls_missing;
  CHECK(calls_told(count).find("; 1 slots are held by calls that the carrier does not know") !=
        std::string::npos);
}

TEST_CASE("readiness tells why the carrier is not asked, and until when") {
  carrier_health health;
  const time_point now{seconds{100}};
  CHECK(carrier_told("no account", health, now).ok == false);
  CHECK(carrier_told("", health, now).message.empty());
  health.rests_until = now + seconds{5};
  for (const auto& [why, words] : {std::pair{0, "can't be reached"},
                                   {429, "fewer requests"},
                                   {503, "HTTP 503"},
                                   {carrier_health::crowded, "too many calls"}}) {
    health.rests_for = why;
    const auto told = carrier_told("", health, now);
    CHECK(told.ok);
    CHECK(told.message.find(words) != std::string::npos);
    CHECK(told.rests_until == now + seconds{5});
    CHECK_FALSE(carrier_told("", health, now + seconds{5}).rests_until);
  }
  health.locked_out = true;
  CHECK(carrier_told("", health, now).ok == false);
}

TEST_CASE("a certificate and its key go together, and proxies are a list") {
  CHECK(problem(R"({"http":{"certificate_file":"a.pem"}})").find("http.key_file is missing") !=
        std::string::npos);
  CHECK(problem(R"({"http":{"key_file":"a.pem"}})").find("http.certificate_file is missing") !=
        std::string::npos);
  CHECK(problem(R"({"http":{"key_file":"a.pem","certificate_file":"b.pem"}})").empty());
  const auto proxies =
      parse_settings(R"({"http":{"trusted_proxies":["::1","10.0.0.0/8"]}})", "file");
  REQUIRE(proxies);
  CHECK(proxies->http.trusted_proxies == std::vector<std::string>{"::1", "10.0.0.0/8"});
  for (const auto* bad : {R"("10.0.0.0/8")", R"([1])", "null"})
    CHECK(problem(std::string(R"({"http":{"trusted_proxies":)") + bad + "}}")
              .find("http.trusted_proxies must be a list of texts") != std::string::npos);
}
