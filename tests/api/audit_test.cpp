// Who changed what, as the API tells it.
#include "tests/api/api_world.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;
using namespace ringmaster::test;

TEST_CASE("changes stand in the audit under the key that made them") {
  api_world world;
  const auto acme = world.add_tenant("Acme"), other = world.add_tenant("Other");
  REQUIRE(world.ask("PATCH", acme.path, acme.key, R"({"max_outbound_calls":4})").status == 200);
  const auto told = world.get(acme, "/audit").json()["items"];
  REQUIRE(told.size() == 2);
  CHECK(told[0]["what"] == "business.change");
  CHECK(told[0]["detail"] == nlohmann::json{{"max_outbound_calls", 4}});
  CHECK(told[0]["who"].get<std::string>().rfind("key ", 0) == 0);
  CHECK(told[1]["what"] == "business.create");
  CHECK(told[1]["who"] == "admin key");
  CHECK(world.get(other, "/audit").json()["items"].size() == 1);
}

TEST_CASE("all businesses' audit is the admin's") {
  api_world world;
  const auto acme = world.add_tenant("Acme");
  world.add_tenant("Other");
  CHECK(world.ask("GET", "/api/v1/audit", acme.key).status == 403);
  const auto page = world.ask("GET", "/api/v1/audit?limit=1", api_world::admin_key).json();
  CHECK(page["items"].size() == 1);
  REQUIRE(page["next_cursor"].is_string());
  const auto rest =
      world.ask("GET", "/api/v1/audit?limit=5&cursor=" + page["next_cursor"].get<std::string>(),
                api_world::admin_key);
  CHECK(rest.json()["items"].size() == 1);
}

TEST_CASE("a refused change leaves no line, and the key's text stands nowhere") {
  api_world world;
  const auto acme = world.add_tenant("Acme");
  CHECK(world.ask("PATCH", acme.path, acme.key, R"({"max_outbound_calls":-1})").status == 400);
  CHECK(world.get(acme, "/audit").json()["items"].size() == 1);
  CHECK(world.get(acme, "/audit").body.find(acme.key) == std::string::npos);
}
