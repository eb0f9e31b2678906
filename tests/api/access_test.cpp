// Who may ask for what; one business never sees another's.
#include "net/api/routes.hpp"
#include "tests/api/api_world.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;
using namespace ringmaster::test;
using net::api::access;

namespace {

/// The pattern with these ids in it.
std::string path_of(const net::api::route& route, std::int64_t business, std::int64_t lead,
                    std::int64_t run, std::int64_t job, std::int64_t key) {
  auto path = route.pattern;
  const auto put = [&path](const std::string& name, std::int64_t id) {
    if (const auto at = path.find(name); at != std::string::npos)
      path.replace(at, name.size(), std::to_string(id));
  };
  put("{business_id}", business);
  put("{lead_id}", lead);
  put("{run_id}", run);
  put("{job_id}", job);
  put("{key_id}", key);
  return path;
}

/// A business with a lead, a run and its failed job.
struct furnished {
  tenant who;
  std::int64_t lead = 0, run = 0, job = 0, key = 0;
};

furnished furnish(api_world& world, const std::string& name) {
  furnished made{world.add_tenant(name)};
  made.lead = world.add_leads(made.who, 1)[0];
  const auto run = world.post(made.who, "/runs", R"({"all":true})");
  REQUIRE(run.status == 201);
  made.run = run.json()["run_id"];
  const auto jobs = world.get(made.who, "/runs/" + std::to_string(made.run) + "/jobs").json();
  made.job = jobs["items"].at(0)["id"];
  made.key = world.get(made.who, "/keys").json()["items"].at(0)["id"];
  return made;
}

/// A body that the route would take.
std::string body_for(const net::api::route& route, std::int64_t lead) {
  const auto ends = [&](std::string_view tail) {
    return route.pattern.size() >= tail.size() &&
           route.pattern.compare(route.pattern.size() - tail.size(), tail.size(), tail) == 0;
  };
  if (route.method == "PATCH" && ends("{key_id}")) return R"({"name":"Mallory"})";
  if (ends("/keys")) return route.method == "POST" ? R"({"name":"Mallory","role":"admin"})" : "";
  if (route.method == "PATCH" && ends("{lead_id}")) return R"({"first_name":"Mallory"})";
  if (route.method == "PATCH") return R"({"name":"Mallory","max_outbound_calls":9})";
  if (route.method != "POST") return "";
  if (ends("/leads")) return R"([{"phone_e164":"+12125550177"}])";
  if (ends("/calls") || ends("/runs")) return "{\"lead_ids\":[" + std::to_string(lead) + "]}";
  return "{}";
}

} // namespace

TEST_CASE("every route of the API asks for a key and says how to give it") {
  api_world world;
  const auto before = world.fingerprint();
  for (const auto& route : net::api::routes()) {
    if (route.needs == access::anyone) continue;
    const auto path = path_of(route, 1, 1, 1, 1, 1);
    INFO(route.method << " " << path);
    for (const auto& answer : {world.ask(route.method, path, "", body_for(route, 1)),
                               world.ask(route.method, path, "wrong", body_for(route, 1))}) {
      CHECK(answer.status == 401);
      CHECK(answer.header("WWW-Authenticate") == "Bearer");
      CHECK((answer.code() == "key_missing" || answer.code() == "key_unknown"));
    }
  }
  CHECK(world.fingerprint() == before);
}

TEST_CASE("a key that is not one Bearer header is no key") {
  api_world world;
  const std::string path = "/api/v1/businesses", admin = api_world::admin_key;
  const auto with = [&](net::header_list headers) {
    return world.ask("GET", path, "", "", std::move(headers)).status;
  };
  CHECK(with({{"Authorization", "Bearer " + admin}}) == 200);
  CHECK(with({{"authorization", "bearer  " + admin}}) == 200);
  CHECK(with({{"Authorization", admin}}) == 401);
  CHECK(with({{"Authorization", "Basic " + admin}}) == 401);
  CHECK(with({{"Authorization", "Bearer"}}) == 401);
  CHECK(with({{"Authorization", "Bearer " + admin + " x"}}) == 401);
  CHECK(with({{"Authorization", "Bearer " + admin}, {"Authorization", "Bearer " + admin}}) == 401);
  CHECK(with({{"Authorization", "Bearer " + std::string(5'000, 'k')}}) == 401);
}

TEST_CASE(
    "on every route another's business looks like one that does not exist, and nothing changes") {
  api_world world;
  const auto mine = furnish(world, "Mine"), other = furnish(world, "Other");
  const auto before = world.fingerprint();
  std::size_t tried = 0;
  for (const auto& route : net::api::routes()) {
    if (route.pattern.find("{business_id}") == std::string::npos) continue;
    ++tried;
    const auto body = body_for(route, other.lead);
    const auto foreign = path_of(route, other.who.id, other.lead, other.run, other.job, other.key);
    const auto unknown = path_of(route, 999'999, other.lead, other.run, other.job, other.key);
    INFO(route.method << " " << foreign);
    const auto answer = world.ask(route.method, foreign, mine.who.key, body);
    CHECK(answer.status == 404);
    CHECK(answer.body == world.ask(route.method, unknown, mine.who.key, body).body);
    CHECK(answer.body == world.ask(route.method, unknown, api_world::admin_key, body).body);
  }
  CHECK(tried > 15);
  CHECK(world.fingerprint() == before);
  CHECK(world.dialling->calls.empty());
  CHECK(world.dialling->orders.empty());
}

TEST_CASE("another's lead, run, job and key under one's own business are not found, and nothing "
          "changes") {
  api_world world;
  const auto mine = furnish(world, "Mine"), other = furnish(world, "Other");
  const auto before = world.fingerprint();
  for (const auto& route : net::api::routes()) {
    const bool names_more = route.pattern.find("{lead_id}") != std::string::npos ||
                            route.pattern.find("{run_id}") != std::string::npos ||
                            route.pattern.find("{job_id}") != std::string::npos ||
                            (route.pattern.find("{business_id}") != std::string::npos &&
                             route.pattern.find("{key_id}") != std::string::npos);
    if (!names_more) continue;
    const auto path = path_of(route, mine.who.id, other.lead, other.run, other.job, other.key);
    INFO(route.method << " " << path);
    const auto answer = world.ask(route.method, path, mine.who.key, body_for(route, mine.lead));
    CHECK(answer.status == 404);
    const auto unknown = path_of(route, mine.who.id, 999'999, 999'999, 999'999, 999'999);
    CHECK(answer.body ==
          world.ask(route.method, unknown, mine.who.key, body_for(route, mine.lead)).body);
  }
  const auto run = world.post(mine.who, "/runs",
                              "{\"lead_ids\":[" + std::to_string(mine.lead) + "," +
                                  std::to_string(other.lead) + "]}");
  CHECK(run.status == 404);
  CHECK(run.code() == "lead_not_found");
  CHECK(run.field() == "lead_ids[1]");
  CHECK(world.fingerprint() == before);
}

TEST_CASE("lists show nothing of another business") {
  api_world world;
  const auto mine = furnish(world, "Mine"), other = furnish(world, "Other");
  for (const auto* list : {"/leads", "/runs"}) {
    const auto items = world.get(mine.who, list).json()["items"];
    REQUIRE(items.size() == 1);
    CHECK(items[0]["id"] == (std::string(list) == "/leads" ? mine.lead : mine.run));
  }
  CHECK(other.lead != mine.lead);
}

TEST_CASE("no route serves a key whose role is too low, and nothing changes") {
  api_world world;
  auto acme = furnish(world, "Acme");
  const std::vector<std::pair<std::string, bool>> kinds{
      {"read", true}, {"operate", true}, {"admin", true}, {"read", false}, {"operate", false}};
  for (const auto& [role, of_business] : kinds) {
    const auto key = world.add_key(of_business ? acme.who : tenant{}, role);
    const auto has = key_role_from(role).value();
    const net::api::caller who{has, business_id{of_business ? acme.who.id : 0}};
    const auto before = world.fingerprint();
    std::size_t refused = 0;
    for (const auto& route : net::api::routes()) {
      const auto why = net::api::refuse_role(route.needs, who);
      if (!why) continue;
      ++refused;
      const auto path = path_of(route, acme.who.id, acme.lead, acme.run, acme.job, acme.key);
      INFO(role << (of_business ? " of a business: " : " of the server: ") << route.method << " "
                << path);
      const auto answer = world.ask(route.method, path, key, body_for(route, acme.lead));
      CHECK(answer.status == 403);
      CHECK(answer.code() == why->code);
      CHECK(answer.json()["error"]["message"] == why->message);
    }
    CHECK(refused > 6);
    CHECK(world.fingerprint() == before);
  }
}

TEST_CASE("what only looks is served to a key that may read, of the business and of the server") {
  api_world world;
  auto acme = furnish(world, "Acme");
  for (const bool of_business : {true, false}) {
    const auto key = world.add_key(of_business ? acme.who : tenant{}, "read");
    for (const auto& route : net::api::routes()) {
      // The slots need a dialling that answers; a stream does not end.
      if (route.pattern.find("/slots") != std::string::npos ||
          route.pattern.find("/events") != std::string::npos)
        continue;
      const bool looks =
          route.needs == access::read || (!of_business && route.needs == access::server_read);
      if (!looks) continue;
      const auto path = path_of(route, acme.who.id, acme.lead, acme.run, acme.job, acme.key);
      INFO(route.method << " " << path);
      CHECK(world.ask(route.method, path, key).status == 200);
    }
  }
}

TEST_CASE("a key that operates changes calls but neither settings nor keys") {
  api_world world;
  auto acme = furnish(world, "Acme");
  const auto key = world.add_key(acme.who, "operate");
  CHECK(world.ask("POST", acme.who.path + "/leads", key, R"([{"phone_e164":"+12125550177"}])")
            .status == 201);
  const auto settings = world.ask("PATCH", acme.who.path, key, R"({"max_outbound_calls":9})");
  CHECK(settings.status == 403);
  CHECK(settings.code() == "role_needed");
  CHECK(world.ask("GET", acme.who.path + "/keys", key).status == 403);
}

TEST_CASE("a business's key, even an admin's within it, is not the admin's") {
  api_world world;
  const auto mine = furnish(world, "Mine");
  for (const auto& key : {mine.who.key, world.add_key(mine.who, "admin")}) {
    CHECK(
        world.ask("POST", "/api/v1/businesses", key, R"({"name":"x","phone_e164":"+12125550188"})")
            .code() == "admin_only");
    CHECK(world.ask("GET", "/api/v1/businesses", key).status == 403);
    CHECK(world.ask("PATCH", mine.who.path, key, R"({"suspended":true})").code() == "admin_only");
  }
  CHECK(world.ask("PATCH", mine.who.path, api_world::admin_key, R"({"suspended":true})").status ==
        200);
}

TEST_CASE("a revoked or expired key stops working within seconds") {
  api_world world;
  auto mine = furnish(world, "Mine");
  CHECK(world.get(mine.who, "").status == 200);
  world.db.sql("UPDATE api_keys SET revoked_at = now()");
  world.advance(seconds{4});
  CHECK(world.get(mine.who, "").status == 401);
  mine.who.key = world.add_key(mine.who, "operate");
  CHECK(world.get(mine.who, "").status == 200);
  world.db.sql("UPDATE api_keys SET expires_at = '2020-01-01 00:00:00+00'");
  world.advance(seconds{4});
  CHECK(world.get(mine.who, "").status == 401);
}

TEST_CASE("a large body is not read from somebody who may not send it") {
  api_world world;
  const auto mine = world.add_tenant("Mine");
  const auto other = world.add_tenant("Other");
  const auto reader = world.add_key(mine, "read");
  // What comes behind the head is left out: an answer shows that nobody waits for it.
  const auto begin = [&](const std::string& key) {
    probe::raw_connection connection(world.port());
    connection.send("POST " + mine.path + "/leads HTTP/1.1\r\nHost: test\r\n" +
                    (key.empty() ? "" : "Authorization: Bearer " + key + "\r\n") +
                    "Content-Length: 10000000\r\nExpect: 100-continue\r\n\r\n");
    return connection.read_response()->status;
  };
  CHECK(begin("") == 401);
  CHECK(begin("made-up") == 401);
  CHECK(begin(other.key) == 404);
  CHECK(begin(reader) == 403);
  CHECK(begin(mine.key) == 100);
  CHECK(begin(api_world::admin_key) == 100);
}
