// Health, metrics, the document, overload and the end.
#include "tests/api/api_world.hpp"

#include <catch2/catch.hpp>

#include <future>
#include <thread>

using namespace ringmaster;
using namespace ringmaster::test;

TEST_CASE("a node says whether it lives and whether it can serve") {
  api_world world;
  CHECK(world.ask("GET", "/healthz", "").status == 200);
  auto ready = world.ask("GET", "/readyz", "");
  CHECK(ready.status == 200);
  CHECK(ready.json()["checks"]["database"]["ok"] == true);
  world.checks[1] = {"carrier", false, "no credentials"};
  ready = world.ask("GET", "/readyz", "");
  CHECK(ready.status == 503);
  CHECK(ready.json()["ready"] == false);
  CHECK(ready.json()["checks"]["carrier"]["message"] == "no credentials");
  CHECK(ready.json()["checks"]["ownership"]["ok"] == true);
}

TEST_CASE("metrics, the document and the first page need no key") {
  api_world world;
  world.count.calls_placed = 42;
  const auto metrics = world.ask("GET", "/metrics", "");
  CHECK(metrics.header("Content-Type") == "text/plain; version=0.0.4; charset=utf-8");
  CHECK(metrics.body.find("\nringmaster_calls_placed_total 42\n") != std::string::npos);
  CHECK(metrics.body.find("\nringmaster_resident_memory_bytes ") != std::string::npos);
  CHECK(world.ask("GET", "/api/openapi.json", "").json()["openapi"] == "3.1.0");
  const auto page = world.ask("GET", "/", "");
  CHECK(page.header("Content-Type") == "text/html; charset=utf-8");
  CHECK(page.body.find("/api/openapi.json") != std::string::npos);
}

TEST_CASE("no answer is cached, sniffed or framed") {
  api_world world;
  for (const auto* path : {"/", "/healthz", "/api/v1/businesses", "/nothing"}) {
    const auto answer = world.ask("GET", path, "");
    CHECK(answer.header("Cache-Control") == "no-store");
    CHECK(answer.header("X-Content-Type-Options") == "nosniff");
    CHECK(answer.header("X-Frame-Options") == "DENY");
    CHECK(std::count_if(answer.headers.begin(), answer.headers.end(), [](const auto& header) {
            return header.first == "X-Content-Type-Options";
          }) == 1);
  }
}

TEST_CASE("without its database the API refuses, stays alive, and comes back by itself") {
  api_world world;
  const auto mine = world.add_tenant("Mine");
  const auto name = world.db.text("SELECT current_database()");
  pqxx::connection session(maintenance_url());
  pqxx::nontransaction outside(session);
  outside.exec("ALTER DATABASE " + name + " ALLOW_CONNECTIONS false");
  outside.exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + name +
               "'");
  CHECK(world.get(mine, "").status == 503);
  CHECK(world.post(mine, "/leads", R"([{"phone":"+12125550177"}])").status == 503);
  CHECK(world.ask("GET", "/readyz", "").json()["checks"]["database"]["ok"] == false);
  CHECK(world.ask("GET", "/healthz", "").status == 200);
  outside.exec("ALTER DATABASE " + name + " ALLOW_CONNECTIONS true");
  CHECK(world.get(mine, "").status == 200);
  CHECK(world.ask("GET", "/readyz", "").status == 200);
}

TEST_CASE("more requests than may wait are refused at once with 503") {
  auto config = api_world::default_config();
  config.quick_threads = 1;
  config.quick_waiting = 1;
  api_world world(config);
  const auto mine = world.add_tenant("Mine");
  pqxx::connection session(world.db.url());
  pqxx::work holding(session);
  holding.exec("LOCK TABLE leads");
  // One holds the only thread, one waits, the others find no place.
  std::vector<std::future<api_answer>> asked;
  const auto ask = [&] {
    asked.push_back(std::async(std::launch::async, [&] { return world.get(mine, "/leads"); }));
  };
  ask();
  while (world.db.number("SELECT count(*) FROM pg_locks WHERE relation = 'leads'::regclass"
                         " AND NOT granted AND database ="
                         " (SELECT oid FROM pg_database WHERE datname = current_database())") == 0)
    std::this_thread::yield();
  for (int i = 0; i < 5; ++i)
    ask();
  while (world.count.http_refused < 4)
    std::this_thread::yield();
  CHECK(world.ask("GET", "/healthz", "").status == 200);
  CHECK(world.ask("GET", "/readyz", "").status == 200);
  holding.abort();
  int refused = 0, served = 0;
  for (auto& one : asked) {
    const auto answer = one.get();
    if (answer.status == 200) ++served;
    if (answer.status != 503) continue;
    CHECK(answer.code() == "busy");
    CHECK_FALSE(answer.header("Retry-After").empty());
    ++refused;
  }
  CHECK(refused == 4);
  CHECK(served == 2);
}

TEST_CASE("requests that wait for the dialling hold up nobody else's") {
  auto config = api_world::default_config();
  config.quick_threads = 1;
  config.most_dialling = 3;
  config.dialling_patience = milliseconds{3'600'000};
  api_world world(config);
  const auto slow = world.add_tenant("Slow");
  const auto other = world.add_tenant("Other");
  const auto lead = std::to_string(world.add_leads(slow, 1)[0]);
  {
    const std::lock_guard lock(world.dialling->mutex);
    world.dialling->silent = true;
  }
  std::vector<std::future<api_answer>> waiting;
  for (int i = 0; i < 3; ++i)
    waiting.push_back(std::async(std::launch::async, [&] {
      return world.post(slow, "/calls", R"({"lead_ids":[)" + lead + "]}");
    }));
  const auto asked = [&] {
    const std::lock_guard lock(world.dialling->mutex);
    return world.dialling->calls.size();
  };
  while (asked() < 3)
    std::this_thread::yield();
  CHECK(world.get(other, "").status == 200);
  CHECK(world.get(slow, "/leads").status == 200);
  // One business may keep the dialling waiting only so many times.
  const auto fourth = world.post(slow, "/calls", R"({"lead_ids":[)" + lead + "]}");
  CHECK(fourth.status == 503);
  CHECK(fourth.code() == "busy");
  CHECK(asked() == 3);
  world.end_dialling();
  for (auto& one : waiting)
    CHECK(one.get().code() == "dialling_silent");
}

TEST_CASE("a question that nobody can answer any more is not waited for") {
  auto config = api_world::default_config();
  config.dialling_patience = seconds{3'600};
  api_world world(config);
  const auto mine = world.add_tenant("Mine");
  {
    const std::lock_guard lock(world.dialling->mutex);
    world.dialling->silent = world.dialling->forgetful = true;
  }
  CHECK(world.get(mine, "/slots").code() == "dialling_unavailable");
}

TEST_CASE("an answered question leaves nothing behind at the dialling") {
  api_world world;
  const auto mine = world.add_tenant("Mine");
  {
    const std::lock_guard lock(world.dialling->mutex);
    world.dialling->on_slots.ok = true;
  }
  const auto before = world.addresses_of_dialling();
  for (int i = 0; i < 50; ++i)
    REQUIRE(world.get(mine, "/slots").status == 200);
  CHECK(world.addresses_of_dialling() < before + 10);
}

TEST_CASE("a committed run is told to the dialling however many questions wait there") {
  auto config = api_world::default_config();
  config.most_dialling = 0;
  api_world world(config);
  const auto mine = world.add_tenant("Mine");
  world.add_leads(mine, 1);
  CHECK(world.get(mine, "/slots").status == 503);
  CHECK(world.post(mine, "/runs", R"({"all":true})").status == 201);
  const std::lock_guard lock(world.dialling->mutex);
  CHECK(world.dialling->runs.size() == 1);
}

TEST_CASE("a database that hangs is told to everybody who waits, and is waited for") {
  auto config = api_world::default_config();
  config.watch = {milliseconds{200}, milliseconds{200}};
  api_world world(config, true);
  const auto mine = world.add_tenant("Mine");
  world.link->freeze(true);
  const auto ready = world.ask("GET", "/readyz", "");
  CHECK(ready.status == 503);
  CHECK(ready.json()["checks"]["database"]["ok"] == false);
  const auto read = world.get(mine, "");
  CHECK(read.status == 503);
  CHECK(read.code() == "database_unavailable");
  const auto written = world.post(mine, "/leads", R"([{"phone":"+12125550177"}])");
  CHECK(written.status == 503);
  CHECK(written.code() == "outcome_unknown");
  // More than there are threads: those that nobody has taken up are certain.
  for (int i = 0; i < 4; ++i)
    CHECK(world.post(mine, "/leads", R"([{"phone":"+12125550178"}])").status == 503);
  CHECK(world.post(mine, "/leads", R"([{"phone":"+12125550179"}])").code() ==
        "database_unavailable");
  CHECK(world.ask("GET", "/healthz", "").status == 200);
  world.link->freeze(false);
  int tries = 0;
  while (world.ask("GET", "/readyz", "").status != 200 && tries < 100)
    ++tries;
  CHECK(tries < 100);
  CHECK(world.get(mine, "/leads").status == 200);
  CHECK(world.db.text("SELECT count(*) FROM leads WHERE phone_e164 = '+12125550179'") == "0");
}

TEST_CASE("after stop requests are refused, and stopping twice is harmless") {
  api_world world;
  const auto mine = world.add_tenant("Mine");
  world.front().stop();
  const auto answer = world.get(mine, "");
  CHECK(answer.status == 503);
  world.front().stop();
  CHECK(world.ask("GET", "/healthz", "").status == 200);
}
