// Businesses, leads, and what happens to them.
#include "tests/api/api_world.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace ringmaster;
using namespace ringmaster::test;
using nlohmann::json;

TEST_CASE("a business is created with its key, shown once, and its number is nobody else's") {
  api_world world;
  const auto body =
      R"({"name":" Circus ","phone_e164":"+972 50-123-4567","time_zone":"Asia/Jerusalem"})";
  const auto made = world.ask("POST", "/api/v1/businesses", api_world::admin_key, body);
  REQUIRE(made.status == 201);
  const auto business = made.json();
  CHECK(business["name"] == "Circus");
  CHECK(business["phone_e164"] == "+972501234567");
  CHECK(business["region"] == "IL");
  CHECK(business["max_outbound_calls"] == 3);
  CHECK(business["default_script"].is_null());
  const std::string key = business["api_key"];
  CHECK(key.size() == 47);
  CHECK(key.compare(0, 4, "rmk_") == 0);
  CHECK(world.db.number("SELECT count(*) FROM call_slots") == 3);
  CHECK(world.db.number("SELECT count(*) FROM api_keys WHERE encode(key_sha256, 'escape') = '" +
                        key + "'") == 0);

  const auto path = "/api/v1/businesses/" + business["id"].dump();
  const auto seen = world.ask("GET", path, key);
  CHECK(seen.status == 200);
  CHECK_FALSE(seen.json().contains("api_key"));
  const auto again = world.ask("POST", "/api/v1/businesses", api_world::admin_key,
                               R"({"name":"Other","phone_e164":"+972501234567"})");
  CHECK(again.status == 409);
  CHECK(again.field() == "phone_e164");
}

TEST_CASE("settings change at once and the dialling is told") {
  api_world world;
  const auto mine = world.add_tenant("Mine");
  const auto changed = world.patch(mine, "", R"({"max_outbound_calls":5,"name":"New"})");
  REQUIRE(changed.status == 200);
  CHECK(changed.json()["max_outbound_calls"] == 5);
  CHECK(world.get(mine, "").json()["name"] == "New");
  CHECK(world.db.number("SELECT count(*) FROM call_slots") == 5);
  const std::lock_guard lock(world.dialling->mutex);
  REQUIRE(world.dialling->changes.size() == 1);
  CHECK(world.dialling->changes[0].business.value == mine.id);
}

TEST_CASE("an admin sees all businesses, page by page") {
  api_world world;
  for (const auto* name : {"Alpha", "Beta", "Gamma"})
    world.add_tenant(name);
  std::set<std::string> names;
  std::string cursor;
  int pages = 0;
  do {
    const auto page =
        world.ask("GET", "/api/v1/businesses?limit=2" + cursor, api_world::admin_key).json();
    for (const auto& business : page["items"])
      names.insert(business["name"]);
    cursor =
        page["next_cursor"].is_null() ? "" : "&cursor=" + page["next_cursor"].get<std::string>();
    ++pages;
  } while (!cursor.empty() && pages < 10);
  CHECK(names == std::set<std::string>{"Alpha", "Beta", "Gamma"});
  CHECK(pages == 2);
  const auto found = world.ask("GET", "/api/v1/businesses?search=bet", api_world::admin_key).json();
  REQUIRE(found["items"].size() == 1);
  CHECK(found["items"][0]["name"] == "Beta");
}

TEST_CASE("leads come in as JSON, go out as they are, and change") {
  api_world world;
  const auto mine = world.add_tenant("Mine");
  const auto in =
      world.post(mine, "/leads",
                 R"([{"phone_e164":"+12125550177","name":"Dana Levi","external_id":"a1"},
                                 {"phone_e164":"12"},{"phone":"(212) 555-0178","notes":"שלום"}])");
  REQUIRE(in.status == 201);
  const auto told = in.json();
  CHECK(told["imported"] == 2);
  CHECK(told["skipped"] == 1);
  CHECK(told["error_count"] == 1);
  CHECK(told["errors"][0]["row"] == 2);
  CHECK(told["errors"][0]["field"] == "phone");
  const auto path = "/leads/" + told["lead_ids"][0].dump();

  const auto lead = world.get(mine, path).json();
  CHECK(lead["first_name"] == "Dana");
  CHECK(lead["last_name"] == "Levi");
  CHECK(lead["status"] == "active");
  CHECK(lead["created_at"].get<std::string>().back() == 'Z');
  CHECK(world.patch(mine, path, R"({"notes":"call late","last_name":null,"status":"do_not_call"})")
            .status == 200);
  const auto after = world.get(mine, path).json();
  CHECK(after["notes"] == "call late");
  CHECK(after["last_name"] == "");
  CHECK(world.get(mine, "/leads?status=do_not_call").json()["items"].size() == 1);
  CHECK(world.get(mine, "/leads?search=dan").json()["items"].size() == 1);

  CHECK(world.ask("DELETE", mine.path + path, mine.key).status == 204);
  CHECK(world.get(mine, path).status == 404);
  CHECK(world.ask("DELETE", mine.path + path, mine.key).status == 404);
  CHECK(world.get(mine, "/leads").json()["items"].size() == 1);
}

TEST_CASE("the dialling knows of a barred, renumbered or deleted lead before that is answered") {
  api_world world;
  const auto mine = world.add_tenant("Mine");
  const auto ids = world.add_leads(mine, 2);
  const auto path = "/leads/" + std::to_string(ids[0]);
  const auto told = [&] {
    const std::lock_guard lock(world.dialling->mutex);
    for (const auto& news : world.dialling->changed_leads)
      CHECK(news.lead.value == ids[0]);
    return world.dialling->changed_leads.size();
  };
  CHECK(world.patch(mine, path, R"({"notes":"call late"})").status == 200);
  CHECK(told() == 0);
  CHECK(world.patch(mine, path, R"({"status":"do_not_call"})").status == 200);
  CHECK(told() == 1);
  CHECK(world.patch(mine, path, R"({"status":"active","phone_e164":"+12125550199"})").status ==
        200);
  CHECK(told() == 2);
  CHECK(world.ask("DELETE", mine.path + path, mine.key).status == 204);
  CHECK(told() == 3);
}

TEST_CASE("leads come in as CSV: byte order mark, quotes, bad rows, unknown columns") {
  api_world world;
  const auto mine = world.add_tenant("Mine");
  const net::header_list csv{{"Content-Type", "text/csv; charset=utf-8"}};
  const auto in =
      world.post(mine, "/leads",
                 "\xEF\xBB\xBFPhone,Name,Size\r\n\"+1 212 555 0177\",\"Levi, Dana\",4\r\n"
                 "nonsense,X,\r\n+12125550178,Y,\r\n",
                 csv);
  REQUIRE(in.status == 201);
  CHECK(in.json()["imported"] == 2);
  CHECK(in.json()["errors"][0]["row"] == 2);
  CHECK(in.json()["ignored_columns"] == json{"Size"});
  const auto again =
      world.post(mine, "/leads", "phone,name\n+12125550177,Dana Cohen\n", csv).json();
  CHECK(again["imported"] == 0);
  CHECK(again["updated"] == 1);
  const auto latin = world.post(mine, "/leads", "phone,name\n+12125550179,Jos\xE9\n", csv);
  CHECK(latin.status == 400);
  CHECK(latin.code() == "not_utf8");
  CHECK(world.db.number("SELECT count(*) FROM leads") == 2);
}

TEST_CASE("a CSV of a hundred thousand rows goes in whole, and once more") {
  api_world world;
  const auto mine = world.add_tenant("Mine");
  std::string text = "phone,name,external_id\n";
  for (int i = 0; i < 100'000; ++i)
    text += phone(i) + ",First Last," + std::to_string(i) + "\n";
  const auto in = world.post(mine, "/leads", text, {{"Content-Type", "text/csv"}});
  INFO(in.body.substr(0, 500));
  REQUIRE(in.status == 201);
  CHECK(in.json()["imported"] == 100'000);
  CHECK(world.db.number("SELECT count(*) FROM leads") == 100'000);
  const auto again = world.post(mine, "/leads", text, {{"Content-Type", "text/csv"}});
  CHECK(again.json()["updated"] == 100'000);
  CHECK(world.db.number("SELECT count(*) FROM leads") == 100'000);
}
