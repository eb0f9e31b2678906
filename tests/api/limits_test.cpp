// How often one may ask: by key, and by address for keys that nobody knows.
#include "tests/api/api_world.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;
using namespace ringmaster::test;

namespace {

net::api::api_config limited(net::api::limit_settings limits) {
  auto config = api_world::default_config();
  config.limits = limits;
  return config;
}

const net::api::limit_settings by_key{{1, 3}, {}}, by_address{{}, {1, 3}};

std::string metric(api_world& world, const std::string& name) {
  const auto text = world.ask("GET", "/metrics", "").body;
  const auto at = text.find("\n" + name + " ");
  return at == std::string::npos
             ? ""
             : text.substr(at + name.size() + 2, text.find('\n', at + 1) - at - name.size() - 2);
}

} // namespace

TEST_CASE("a key that asks too often is told when to ask again, and others are not held up") {
  api_world world(limited(by_key));
  const auto eager = world.add_tenant("Eager"), calm = world.add_tenant("Calm");
  for (int i = 0; i < 3; ++i)
    CHECK(world.get(eager, "").status == 200);
  const auto refused = world.get(eager, "");
  CHECK(refused.status == 429);
  CHECK(refused.code() == "rate_limited");
  CHECK(refused.header("Retry-After") == "1");
  CHECK(refused.json()["error"]["field"].is_null());
  CHECK(world.get(calm, "").status == 200);
  CHECK(world.ask("GET", eager.path, api_world::admin_key).status == 200);
  world.advance(seconds{1});
  CHECK(world.get(eager, "").status == 200);
  CHECK(world.get(eager, "").status == 429);
  CHECK(metric(world, R"(ringmaster_http_limited_total{by="key"})") == "2");
  CHECK(metric(world, R"(ringmaster_http_limited_total{by="address"})") == "0");
}

TEST_CASE("a refused change changes nothing, and a large body is not read") {
  api_world world(limited(by_key));
  const auto eager = world.add_tenant("Eager");
  for (int i = 0; i < 3; ++i)
    CHECK(world.get(eager, "").status == 200);
  const auto before = world.fingerprint();
  CHECK(world.post(eager, "/leads", R"([{"phone_e164":"+12125550177"}])").status == 429);
  probe::raw_connection connection(world.port());
  connection.send("POST " + eager.path + "/leads HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer " +
                  eager.key + "\r\nContent-Length: 10000000\r\nExpect: 100-continue\r\n\r\n");
  CHECK(connection.read_response()->status == 429);
  CHECK(world.fingerprint() == before);
}

TEST_CASE("to ask whether a large body may come costs nothing of the limit") {
  api_world world(limited(by_key));
  const auto eager = world.add_tenant("Eager");
  CHECK(world.get(eager, "").status == 200);
  for (int i = 0; i < 5; ++i) {
    probe::raw_connection connection(world.port());
    connection.send("POST " + eager.path +
                    "/leads HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer " + eager.key +
                    "\r\nContent-Length: 100000\r\nExpect: 100-continue\r\n\r\n");
    CHECK(connection.read_response()->status == 100);
  }
  CHECK(world.get(eager, "").status == 200);
}

TEST_CASE("who tries keys is stopped before the database, and keys in use go on") {
  api_world world(limited(by_address));
  const auto mine = world.add_tenant("Mine");
  CHECK(world.get(mine, "").status == 200);
  for (int i = 0; i < 3; ++i)
    CHECK(world.ask("GET", mine.path, "guess" + std::to_string(i)).status == 401);
  const auto refused = world.ask("GET", mine.path, "guess4");
  CHECK(refused.status == 429);
  CHECK(refused.code() == "rate_limited");
  CHECK(refused.header("Retry-After") == "1");
  // From the same address, also when they must be looked up again.
  world.advance(seconds{10});
  for (int i = 0; i < 3; ++i)
    CHECK(world.ask("GET", mine.path, "other" + std::to_string(i)).status == 401);
  CHECK(world.ask("GET", mine.path, "other4").status == 429);
  CHECK(world.get(mine, "").status == 200);
  CHECK(world.ask("GET", mine.path, api_world::admin_key).status == 200);
  CHECK(metric(world, R"(ringmaster_http_limited_total{by="address"})") == "2");
  CHECK(metric(world, "ringmaster_http_keys_wrong_total") == "6");
}

TEST_CASE("right keys that come for the first time use up nothing of their address's tries") {
  api_world world(limited(by_address));
  for (int i = 0; i < 6; ++i)
    CHECK(world.get(world.add_tenant("Tenant " + std::to_string(i)), "").status == 200);
}

TEST_CASE("a key that was revoked counts as a try from then on") {
  api_world world(limited(by_address));
  const auto mine = world.add_tenant("Mine");
  CHECK(world.get(mine, "").status == 200);
  world.db.sql("UPDATE api_keys SET revoked_at = now()");
  world.advance(seconds{4});
  int unauthorised = 0, limited_now = 0;
  for (int i = 0; i < 6; ++i) {
    const auto status = world.get(mine, "").status;
    unauthorised += status == 401;
    limited_now += status == 429;
  }
  CHECK(unauthorised == 4); // the first one was still known
  CHECK(limited_now == 2);
}
