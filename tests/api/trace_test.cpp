// Finding one call again: request ids, and its story.
#include "tests/api/api_world.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;
using namespace ringmaster::test;

TEST_CASE("every answer names its request: as the client did, if that is well-formed") {
  api_world world;
  const auto id = [&](net::header_list headers, const std::string& path = "/api/v1/me") {
    return world.ask("GET", path, api_world::admin_key, "", std::move(headers))
        .header("X-Request-Id");
  };
  CHECK(id({{"X-Request-Id", "order-7.a_B"}}) == "order-7.a_B");
  CHECK(id({{"x-request-id", "order-7"}}, "/healthz") == "order-7");
  CHECK(id({{"X-Request-Id", "order-7"}}, "/nowhere") == "order-7");
  for (const auto& bad :
       {std::string(), std::string("two words"), std::string("a\"b"), std::string(65, 'x')}) {
    const auto made = id({{"X-Request-Id", bad}});
    CHECK(made.size() == 16);
    CHECK(made != id({}));
  }
}

TEST_CASE("a call's story comes with its job") {
  api_world world;
  const auto acme = world.add_tenant("Acme");
  world.add_leads(acme, 1);
  const auto run =
      world.post(acme, "/runs", R"({"all":true})").json()["run_id"].get<std::int64_t>();
  const auto jobs = world.get(acme, "/runs/" + std::to_string(run) + "/jobs").json();
  const auto job = jobs["items"].at(0)["id"].get<std::int64_t>();
  const auto story = world.get(acme, "/calls/" + std::to_string(job));
  REQUIRE(story.status == 200);
  CHECK(story.json()["job_id"] == job);
  CHECK(story.json()["status"] == "queued");
  const auto events = story.json()["events"];
  REQUIRE(events.size() == 2);
  CHECK(events[0]["what"] == "queued");
  CHECK(events[1]["what"] == "run.create");
  CHECK(events[1]["by"].get<std::string>().rfind("key ", 0) == 0);
  CHECK(world.get(acme, "/calls/999999").code() == "job_not_found");
}
