// The same POST sent twice is done once.
#include "tests/api/api_world.hpp"

#include <catch2/catch.hpp>

#include <future>

using namespace ringmaster;
using namespace ringmaster::test;

namespace {

net::header_list key(const std::string& text) {
  return {{"Idempotency-Key", text}};
}

} // namespace

TEST_CASE("the same key and body give the first answer again") {
  api_world world;
  const auto mine = world.add_tenant("Mine");
  world.add_leads(mine, 2);
  const auto first = world.post(mine, "/runs", R"({"all":true})", key("one"));
  REQUIRE(first.status == 201);
  CHECK(first.header("Idempotency-Replayed").empty());
  const auto again = world.post(mine, "/runs", R"({"all":true})", key("one"));
  CHECK(again.status == 201);
  CHECK(again.body == first.body);
  CHECK(again.header("Idempotency-Replayed") == "true");
  CHECK(world.db.number("SELECT count(*) FROM outbound_call_runs") == 1);

  const auto other = world.post(mine, "/runs", R"({"all":true,"name":"x"})", key("one"));
  CHECK(other.status == 409);
  CHECK(other.code() == "idempotency_key_reused");
  CHECK(world.post(mine, "/leads", R"({"all":true})", key("one")).status == 409);
  CHECK(world.post(mine, "/runs", R"({"all":true})", key("two")).status == 201);
  CHECK(world.db.number("SELECT count(*) FROM outbound_call_runs") == 2);
}

TEST_CASE("keys of two businesses don't meet") {
  api_world world;
  const auto mine = world.add_tenant("Mine"), other = world.add_tenant("Other");
  world.add_leads(mine, 1);
  world.add_leads(other, 1);
  const auto first = world.post(mine, "/runs", R"({"all":true})", key("one"));
  const auto second = world.post(other, "/runs", R"({"all":true})", key("one"));
  CHECK(second.status == 201);
  CHECK(second.header("Idempotency-Replayed").empty());
  CHECK(first.json()["run_id"] != second.json()["run_id"]);
}

TEST_CASE("many senders of one key at once make one run") {
  api_world world;
  const auto mine = world.add_tenant("Mine");
  world.add_leads(mine, 1);
  std::vector<std::future<api_answer>> senders;
  for (int i = 0; i < 8; ++i)
    senders.push_back(std::async(std::launch::async, [&] {
      return world.post(mine, "/runs", R"({"all":true})", key("one"));
    }));
  int made = 0;
  for (auto& sender : senders) {
    const auto answer = sender.get();
    if (answer.status == 201)
      ++made;
    else
      CHECK(answer.code() == "idempotency_unfinished");
  }
  CHECK(made >= 1);
  CHECK(world.db.number("SELECT count(*) FROM outbound_call_runs") == 1);
}

TEST_CASE("a refusal that did nothing leaves the key free") {
  api_world world;
  const auto mine = world.add_tenant("Mine");
  CHECK(world.post(mine, "/runs", R"({"all":true})", key("one")).code() == "empty_run");
  world.add_leads(mine, 1);
  CHECK(world.post(mine, "/runs", R"({"all":true})", key("one")).status == 201);
}

TEST_CASE("an outcome that is not known keeps the key, and says how to look") {
  auto config = api_world::default_config();
  config.dialling_patience = milliseconds{50};
  api_world world(config);
  const auto mine = world.add_tenant("Mine");
  const auto lead = world.add_leads(mine, 1)[0];
  {
    const std::lock_guard lock(world.dialling->mutex);
    world.dialling->silent = true;
  }
  const auto body = "{\"lead_ids\":[" + std::to_string(lead) + "]}";
  CHECK(world.post(mine, "/calls", body, key("one")).code() == "dialling_silent");
  const auto again = world.post(mine, "/calls", body, key("one"));
  CHECK(again.status == 409);
  CHECK(again.code() == "idempotency_unfinished");
  const std::lock_guard lock(world.dialling->mutex);
  CHECK(world.dialling->calls.size() == 1);
}

TEST_CASE("a new business's key is in no stored answer") {
  api_world world;
  const auto body = R"({"name":"Circus","phone_e164":"+972501234567"})";
  const auto send = [&] {
    return world.ask("POST", "/api/v1/businesses", api_world::admin_key, body, key("one"));
  };
  const auto first = send(), again = send();
  REQUIRE(first.status == 201);
  CHECK(again.status == 201);
  CHECK(again.json()["id"] == first.json()["id"]);
  CHECK(again.json()["api_key"].is_null());
  CHECK(world.db.text("SELECT answer_body FROM idempotency_keys").find("rmk_") ==
        std::string::npos);
}

TEST_CASE("a key that is none is refused") {
  api_world world;
  const auto mine = world.add_tenant("Mine");
  for (const auto& headers : {key(""), key("a b"), key(std::string(201, 'k')),
                              net::header_list{{"Idempotency-Key", "a"}, {"Idempotency-Key", "a"}}})
    CHECK(world.post(mine, "/leads", "[]", headers).code() == "idempotency_key_invalid");
}
