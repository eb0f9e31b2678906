// What is wrong with a request is told with its place, in one shape, and nothing is done.
#include "tests/api/api_world.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;
using namespace ringmaster::test;

namespace {

struct bad_request {
  const char* method;
  const char* rest; ///< behind the business's path
  std::string body;
  int status;
  const char* code;
  const char* field;
};

std::string many_ids(int count) {
  std::string ids = "1";
  for (int i = 2; i <= count; ++i)
    ids += "," + std::to_string(i);
  return "{\"lead_ids\":[" + ids + "]}";
}

} // namespace

TEST_CASE("bad bodies and queries are refused by name, and nothing changes") {
  api_world world;
  const auto mine = world.add_tenant("Mine");
  const auto lead = world.add_leads(mine, 1)[0];
  const auto before = world.fingerprint();
  const auto id = std::to_string(lead);
  const std::vector<bad_request> requests{
      {"POST", "/runs", "", 400, "malformed_json", ""},
      {"POST", "/runs", "{\"lead_ids\":[1}", 400, "malformed_json", ""},
      {"POST", "/runs", "{\"name\":\"\xE9\",\"all\":true}", 400, "malformed_json", ""},
      {"POST", "/runs", R"({"all":true,"all":true})", 400, "duplicate_field", "all"},
      {"POST", "/runs", "[]", 400, "wrong_type", ""},
      {"POST", "/runs", "{}", 400, "selection_missing", "lead_ids"},
      {"POST", "/runs", R"({"all":false})", 400, "selection_missing", "lead_ids"},
      {"POST", "/runs", R"({"lead_ids":[]})", 400, "empty_run", "lead_ids"},
      {"POST", "/runs", R"({"lead_ids":[1],"all":true})", 400, "selection_ambiguous", "lead_ids"},
      {"POST", "/runs", R"({"lead_ids":"1"})", 400, "wrong_type", "lead_ids"},
      {"POST", "/runs", R"({"lead_ids":[)" + id + R"(,"2"]})", 400, "wrong_type", "lead_ids[1]"},
      {"POST", "/runs", R"({"lead_ids":[)" + id + R"(,-2]})", 400, "out_of_range", "lead_ids[1]"},
      {"POST", "/runs", R"({"lead_ids":[)" + id + R"(,99999999]})", 404, "lead_not_found",
       "lead_ids[1]"},
      {"POST", "/runs", R"({"all":true,"concurency":3})", 400, "unknown_field", "concurency"},
      {"POST", "/runs", R"({"all":true,"concurrency":0})", 400, "out_of_range", "concurrency"},
      {"POST", "/runs", R"({"all":true,"concurrency":101})", 400, "out_of_range", "concurrency"},
      {"POST", "/runs", R"({"all":true,"concurrency":"3"})", 400, "wrong_type", "concurrency"},
      {"POST", "/runs", R"({"filter":{"serch":"x"}})", 400, "unknown_field", "filter.serch"},
      {"POST", "/runs", R"({"filter":{"status":"asleep"}})", 400, "out_of_range", "filter.status"},
      {"POST", "/runs", R"({"filter":{"search":"nobody has this name"}})", 400, "empty_run", ""},
      {"POST", "/runs", R"({"all":true,"script":"hello"})", 400, nullptr, "script"},
      {"POST", "/runs", R"({"all":true,"script":{"say":{"txt":"x"}}})", 400, nullptr,
       "script.say.txt"},
      {"POST", "/calls", R"({"lead_ids":[]})", 400, "out_of_range", "lead_ids"},
      {"POST", "/calls", R"({})", 400, "missing_field", "lead_ids"},
      {"POST", "/calls", many_ids(4), 400, "too_many", "lead_ids"},
      {"POST", "/calls", R"({"lead_ids":[7,7]})", 400, "duplicate_lead", "lead_ids[1]"},
      {"POST", "/leads", "{}", 400, "wrong_type", ""},
      {"POST", "/leads", "[]", 400, "no_rows", ""},
      {"POST", "/leads", R"([{"phone_e164":7}])", 400, "wrong_type", "[0].phone_e164"},
      {"POST", "/leads", R"([{"phone_e164":"+12125550177","age":7}])", 400, "unknown_field",
       "[0].age"},
      {"PATCH", "", R"({"max_outbound_calls":101})", 400, "out_of_range", "max_outbound_calls"},
      {"PATCH", "", R"({"max_outbound_calls":-1})", 400, "out_of_range", "max_outbound_calls"},
      {"PATCH", "", R"({"max_outbound_calls":2.5})", 400, "wrong_type", "max_outbound_calls"},
      {"PATCH", "", R"({"time_zone":"Mars/Base"})", 400, "invalid_time_zone", "time_zone"},
      {"PATCH", "", R"({"region":"XX"})", 400, "invalid_region", "region"},
      {"PATCH", "", R"({"phone_e164":"12"})", 400, "invalid_phone", "phone_e164"},
      {"PATCH", "", R"({"name":"   "})", 400, "invalid_text", "name"},
      {"PATCH", "", R"({"default_script":{"say":{"text":7}}})", 400, nullptr,
       "default_script.say.text"},
      {"GET", "/leads?limit=0", "", 400, "out_of_range", "limit"},
      {"GET", "/leads?limit=1001", "", 400, "out_of_range", "limit"},
      {"GET", "/leads?skip=-1", "", 400, "out_of_range", "skip"},
      {"GET", "/leads?limit=ten", "", 400, "out_of_range", "limit"},
      {"GET", "/leads?page=2", "", 400, "unknown_field", "page"},
      {"GET", "/leads?limit=1&limit=2", "", 400, "duplicate_field", "limit"},
      {"GET", "/leads?status=asleep", "", 400, "out_of_range", "status"},
      {"GET", "/leads?search=%E9", "", 400, "malformed_query", ""},
      {"GET", "/leads?search=%zz", "", 400, "malformed_query", ""},
      {"GET", "/leads?cursor=nonsense", "", 400, "bad_cursor", nullptr},
      {"GET", "?verbose=1", "", 400, "unknown_field", "verbose"},
      {"GET", "/slots?limit=5", "", 400, "unknown_field", "limit"},
      {"GET", "/leads/1?fields=id", "", 400, "unknown_field", "fields"},
      {"DELETE", "/leads/1?dry_run=true", "", 400, "unknown_field", "dry_run"},
      {"DELETE", "/leads/1?%zz", "", 400, "malformed_query", ""},
      {"DELETE", "/leads/1", R"({"dry_run":true})", 400, "body_not_expected", ""},
      {"GET", "/leads", R"({"limit":5})", 400, "body_not_expected", ""},
      {"PATCH", "?dry_run=true", R"({"name":"Other"})", 400, "unknown_field", "dry_run"},
      {"POST", "/leads?update=false", R"([{"phone":"+12125550177"}])", 400, "unknown_field",
       "update"},
      {"POST", "/runs?name=x", R"({"all":true})", 400, "unknown_field", "name"},
      {"POST", "/runs/1/stop?hang_up=true", "", 400, "unknown_field", "hang_up"},
      {"GET", "/calls?from=yesterday", "", 400, "invalid_time", "from"},
      {"GET", "/calls?outcome=happy", "", 400, "out_of_range", "outcome"},
      {"GET", "/calls?run_id=0", "", 400, "out_of_range", "run_id"},
  };
  for (const auto& bad : requests) {
    INFO(bad.method << " " << bad.rest << " " << bad.body.substr(0, 200));
    const auto answer = world.ask(bad.method, mine.path + bad.rest, mine.key, bad.body);
    INFO(answer.body);
    CHECK(answer.status == bad.status);
    CHECK(answer.json()["error"]["message"].get<std::string>().size() > 5);
    if (bad.code != nullptr) CHECK(answer.code() == bad.code);
    if (bad.field != nullptr) CHECK(answer.field() == bad.field);
  }
  CHECK(world.fingerprint() == before);
  CHECK(world.dialling->calls.empty());
}

TEST_CASE("a lead's change is checked like its import") {
  api_world world;
  const auto mine = world.add_tenant("Mine");
  const auto lead = "/leads/" + std::to_string(world.add_leads(mine, 1)[0]);
  const auto before = world.fingerprint();
  CHECK(world.patch(mine, lead, R"({"phone_e164":"12"})").code() == "invalid_phone");
  CHECK(world.patch(mine, lead, R"({"time_zone":"x"})").code() == "invalid_time_zone");
  CHECK(world.patch(mine, lead, R"({"status":"gone"})").field() == "status");
  CHECK(world.patch(mine, lead, R"({"id":5})").code() == "unknown_field");
  CHECK(world.patch(mine, lead, "{\"notes\":\"" + std::string(2001, 'x') + "\"}").code() ==
        "too_long");
  CHECK(world.fingerprint() == before);
}

TEST_CASE("a CSV that is not called one says which header is missing") {
  api_world world;
  const auto mine = world.add_tenant("Mine");
  for (const char* type : {"", "application/x-www-form-urlencoded", "application/vnd.ms-excel"}) {
    net::header_list headers;
    if (*type != '\0') headers.emplace_back("Content-Type", type);
    const auto answer = world.post(mine, "/leads", "phone\n+12125550177\n", headers);
    CHECK(answer.code() == "malformed_json");
    CHECK(answer.body.find("Content-Type: text/csv") != std::string::npos);
  }
}

TEST_CASE("a compressed body is refused by the name of its encoding") {
  api_world world;
  const auto mine = world.add_tenant("Mine");
  const auto answer = world.post(mine, "/leads", "\x1F\x8B\x08", {{"Content-Encoding", "gzip"}});
  CHECK(answer.status == 415);
  CHECK(answer.code() == "encoding_unsupported");
  CHECK(
      world
          .post(mine, "/leads", R"([{"phone":"+12125550177"}])", {{"Content-Encoding", "identity"}})
          .status == 201);
}

TEST_CASE("paths and methods that are not there have the same shape of error") {
  api_world world;
  const auto mine = world.add_tenant("Mine");
  const auto nowhere = world.get(mine, "/nothing");
  CHECK(nowhere.status == 404);
  CHECK(nowhere.code() == "path_unknown");
  const auto wrong = world.ask("PUT", mine.path, mine.key, "{}");
  CHECK(wrong.status == 405);
  CHECK(wrong.header("Allow") == "GET, PATCH");
  CHECK(wrong.code() == "method_not_allowed");
  CHECK(world.get(mine, "/leads/99999999999999999999").status == 404);
  CHECK(world.get(mine, "/leads/0").status == 404);
  CHECK(world.get(mine, "/leads/12345").code() == "lead_not_found");
  CHECK(world.get(mine, "/runs/12345").code() == "run_not_found");
}

TEST_CASE("a body over its path's limit is refused before it is read") {
  api_world world;
  const auto mine = world.add_tenant("Mine");
  probe::raw_connection connection(world.port());
  connection.send("PATCH " + mine.path + " HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer " +
                  mine.key + "\r\nContent-Length: 70000\r\n\r\n");
  const auto refused = connection.read_response();
  REQUIRE(refused);
  CHECK(refused->status == 413);
  CHECK(nlohmann::json::parse(refused->body)["error"]["code"].is_string());
}

TEST_CASE("a business without a script can't be called, and says which field is missing") {
  api_world world;
  auto mine = world.add_tenant("Mine");
  const auto lead = std::to_string(world.add_leads(mine, 1)[0]);
  CHECK(world.patch(mine, "", R"({"default_script":null})").json()["default_script"].is_null());
  const auto run = world.post(mine, "/runs", R"({"all":true})");
  CHECK(run.status == 400);
  CHECK(run.code() == "script_missing");
  CHECK(run.field() == "script");
  CHECK(world.post(mine, "/calls", "{\"lead_ids\":[" + lead + "]}").code() == "script_missing");
  CHECK(world.db.number("SELECT count(*) FROM outbound_call_runs") == 0);
}

TEST_CASE("without a public host or a carrier nothing that leads to a call is accepted") {
  auto config = api_world::default_config();
  const bool host = GENERATE(true, false);
  (host ? config.public_host_problem : config.carrier_problem) = "Set this and that.";
  api_world world(config);
  const auto mine = world.add_tenant("Mine");
  const auto lead = std::to_string(world.add_leads(mine, 1)[0]);
  for (const auto& answer : {world.post(mine, "/runs", R"({"all":true})"),
                             world.post(mine, "/calls", "{\"lead_ids\":[" + lead + "]}")}) {
    CHECK(answer.status == 409);
    CHECK(answer.code() == (host ? "public_host_missing" : "carrier_not_configured"));
    CHECK(answer.json()["error"]["message"] == "Set this and that.");
  }
  CHECK(world.db.number("SELECT count(*) FROM outbound_call_runs") == 0);
  CHECK(world.dialling->calls.empty());
}
