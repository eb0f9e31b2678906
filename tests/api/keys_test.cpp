// Keys through the API: made, shown once, changed, replaced without a gap, revoked.
#include "tests/api/api_world.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;
using namespace ringmaster::test;
using nlohmann::json;

namespace {

json make(api_world& world, const tenant& who, const std::string& body) {
  const auto made = world.post(who, "/keys", body);
  INFO(made.body);
  REQUIRE(made.status == 201);
  return made.json();
}

std::string one(const json& key) {
  return "/keys/" + std::to_string(key["id"].get<std::int64_t>());
}

int works(api_world& world, const tenant& who, const json& key) {
  return world.ask("GET", who.path, key["api_key"]).status;
}

/// An hour after the tests' now.
constexpr auto in_an_hour = "2026-09-21T15:13:20Z";

/// All that is served before it is done in order, so what was queued behind requests is done too.
void settle(api_world& world) {
  while (world.db.number("SELECT count(*) FROM api_keys WHERE last_used_at IS NOT NULL") == 0)
    world.ask("GET", "/api/v1/businesses", api_world::admin_key);
}

} // namespace

TEST_CASE("a key is shown once, and works at once with its role") {
  api_world world;
  const auto acme = world.add_tenant("Acme");
  const auto key = make(world, acme, R"({"name":" Nightly import ","role":"read"})");
  const auto secret = key["api_key"].get<std::string>();
  CHECK(key["name"] == "Nightly import");
  CHECK(key["role"] == "read");
  CHECK(key["expires_at"].is_null());
  CHECK(works(world, acme, key) == 200);
  CHECK(world.ask("POST", acme.path + "/leads", secret, R"([{"phone_e164":"+12125550177"}])")
            .status == 403);
  const auto list = world.get(acme, "/keys");
  CHECK(list.json()["items"].size() == 2);
  CHECK(list.body.find(secret) == std::string::npos);
  CHECK(world.get(acme, one(key)).body.find(secret) == std::string::npos);
  const auto told = world.get(acme, "/audit").json()["items"].at(0);
  CHECK(told["what"] == "key.create");
  CHECK(told["subject"] == key["id"]);
  CHECK(told["detail"]["role"] == "read");
}

TEST_CASE("the second answer for an Idempotency-Key shows no secret and makes no second key") {
  api_world world;
  const auto acme = world.add_tenant("Acme");
  const auto ask = [&] {
    return world.post(acme, "/keys", R"({"name":"x","role":"read"})", {{"Idempotency-Key", "k1"}});
  };
  const auto first = ask(), second = ask();
  CHECK(first.json()["api_key"].is_string());
  CHECK(second.status == 201);
  CHECK(second.json()["api_key"].is_null());
  CHECK(second.json()["id"] == first.json()["id"]);
  CHECK(world.get(acme, "/keys").json()["items"].size() == 2);
  CHECK(world.db.text("SELECT string_agg(answer_body, '') FROM idempotency_keys")
            .find(first.json()["api_key"].get<std::string>()) == std::string::npos);
}

TEST_CASE("what is wrong with a wanted key is named") {
  api_world world;
  const auto acme = world.add_tenant("Acme");
  const auto field = [&](const std::string& body) {
    const auto answer = world.post(acme, "/keys", body);
    CHECK(answer.status == 400);
    return answer.field();
  };
  CHECK(field(R"({"role":"read"})") == "name");
  CHECK(field(R"({"name":"  ","role":"read"})") == "name");
  CHECK(field(R"({"name":"x"})") == "role");
  CHECK(field(R"({"name":"x","role":"owner"})") == "role");
  CHECK(field(R"({"name":"x","role":"read","expires_at":"tomorrow"})") == "expires_at");
  CHECK(field(R"({"name":"x","role":"read","expires_at":"2020-01-01T00:00:00Z"})") == "expires_at");
  CHECK(field(R"({"name":"x","role":"read","days":5})") == "days");
  CHECK(world.get(acme, "/keys").json()["items"].size() == 1);
}

TEST_CASE("a key ends when it was made to end, and a longer life can be given in time") {
  api_world world;
  const auto acme = world.add_tenant("Acme");
  const auto body = R"({"name":"x","role":"read","expires_at":")" + std::string(in_an_hour) + "\"}";
  const auto short_lived = make(world, acme, body), longer = make(world, acme, body);
  CHECK(world.patch(acme, one(longer), R"({"expires_at":null,"name":"y"})").json()["name"] == "y");
  world.advance(seconds{3'599});
  CHECK(works(world, acme, short_lived) == 200);
  world.advance(seconds{1});
  CHECK(works(world, acme, short_lived) == 401);
  CHECK(works(world, acme, longer) == 200);
}

TEST_CASE("a rotation leaves no gap: both keys work until the old one ends") {
  api_world world;
  const auto acme = world.add_tenant("Acme");
  const auto old = make(world, acme, R"({"name":"x","role":"operate"})");
  const auto said = world.post(acme, one(old) + "/rotate", R"({"overlap_s":60})");
  REQUIRE(said.status == 201);
  const auto fresh = said.json();
  CHECK(fresh["role"] == "operate");
  CHECK(fresh["replaces"]["id"] == old["id"]);
  CHECK(fresh["replaces"]["replaced_by"] == fresh["id"]);
  CHECK(works(world, acme, old) == 200);
  CHECK(works(world, acme, fresh) == 200);
  CHECK(world.post(acme, one(old) + "/rotate", "{}").code() == "key_replaced");
  world.advance(seconds{60});
  CHECK(works(world, acme, old) == 401);
  CHECK(works(world, acme, fresh) == 200);
}

TEST_CASE("a revoked key is refused within seconds, also by itself") {
  api_world world;
  const auto acme = world.add_tenant("Acme");
  const auto key = make(world, acme, R"({"name":"x","role":"admin"})");
  CHECK(world.ask("DELETE", acme.path + one(key), key["api_key"]).status == 204);
  world.advance(seconds{3});
  CHECK(works(world, acme, key) == 401);
  CHECK(world.ask("DELETE", acme.path + one(key), acme.key).code() == "key_revoked");
  CHECK(world.get(acme, one(key)).json()["revoked_at"].is_string());
  CHECK(world.get(acme, "/audit").json()["items"].at(0)["what"] == "key.revoke");
}

TEST_CASE("keys of the whole server are the server's admins' to make, and see all businesses") {
  api_world world;
  const auto acme = world.add_tenant("Acme"), other = world.add_tenant("Other");
  const auto ask = [&](const std::string& key, const std::string& role) {
    return world.ask("POST", "/api/v1/keys", key, R"({"name":"x","role":")" + role + "\"}");
  };
  CHECK(ask(acme.key, "read").code() == "admin_only");
  const auto admin = ask(api_world::admin_key, "admin").json();
  const auto looker = ask(admin["api_key"], "read").json();
  for (const auto& who : {acme, other}) {
    CHECK(works(world, who, admin) == 200);
    CHECK(works(world, who, looker) == 200);
    CHECK(world.ask("GET", who.path + "/keys", looker["api_key"]).code() == "role_needed");
  }
  CHECK(world.ask("GET", "/api/v1/overview", looker["api_key"]).status == 200);
  CHECK(ask(looker["api_key"], "read").code() == "role_needed");
  CHECK(world.ask("GET", "/api/v1/me", looker["api_key"]).json()["admin"] == false);
  CHECK(world.ask("DELETE", "/api/v1" + one(looker), admin["api_key"]).status == 204);
  world.advance(seconds{3});
  CHECK(works(world, acme, looker) == 401);
  CHECK(works(world, acme, admin) == 200);
  // A business's keys are not among them.
  CHECK(world.ask("GET", "/api/v1/keys", api_world::admin_key).json()["items"].size() == 2);
}

TEST_CASE("the last use is written behind the request, and not again for minutes") {
  api_world world;
  const auto acme = world.add_tenant("Acme");
  CHECK(world.get(acme, "").status == 200);
  settle(world);
  const auto first = world.get(acme, "/keys").json()["items"].at(0)["last_used_at"];
  CHECK(first == "2026-09-21T14:13:20.000000Z");
  world.advance(seconds{200});
  CHECK(world.get(acme, "/keys").json()["items"].at(0)["last_used_at"] == first);
}
