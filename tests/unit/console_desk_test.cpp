#include "net/console/desk.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;
using namespace ringmaster::net;
using namespace ringmaster::net::console;

namespace {

struct office final : actors_door {
  result<json> actors(const std::string& kind) override { return json{{"kind", kind}}; }
  result<json> carrier() override { return json{{"held_for_ms", 0}}; }
  result<json> set_pace(double pace) override { return json{{"pace", pace}}; }
  result<json> by_hand(const order& wish) override {
    orders.push_back(wish);
    return json{{"done", true}, {"told", "well"}};
  }
  std::vector<order> orders;
};

struct stand {
  stand() {
    parts.hindrance = [this] { return trouble; };
    parts.note = [this](const std::string& by, const std::string& what) {
      notes.push_back(by + ": " + what);
    };
    parts.log_level = [this] { return level; };
    parts.set_log_level = [this](const std::string& wanted) { level = wanted; };
    parts.drain = [this] { ++drains; };
    parts.accept_database = [this](const std::string& by) {
      accepted_by = by;
      return known_server ? std::string{"it is the known one"} : std::string{};
    };
    parts.carrier = [] { return json{{"calls_placed", 3}}; };
    counter = std::make_unique<desk>(
        [this](http_request wish, std::string by, respond_fn respond) {
          asked.push_back(wish.method + " " + wish.target + " " + wish.body);
          who.push_back(std::move(by));
          http_response response;
          response.status = status;
          response.body = body;
          respond(std::move(response));
        },
        doors, parts);
  }

  json ask(std::vector<std::string> words, std::string confirm = {}) {
    request wish;
    wish.words = std::move(words);
    wish.confirm = std::move(confirm);
    wish.who = {1000, 77};
    return counter->answer(wish);
  }

  office doors;
  node_parts parts;
  std::pair<std::string, std::string> trouble;
  std::vector<std::string> asked, who, notes;
  std::string level = "info", body = "{}";
  std::string accepted_by;
  bool known_server = false;
  int status = 200, drains = 0;
  std::unique_ptr<desk> counter;
};

} // namespace

TEST_CASE("commands about businesses are requests to the API, by a named person") {
  stand s;
  CHECK(s.ask({"runs", "stop", "3", "7", "hang-up"})["ok"] == true);
  CHECK(s.ask({"business", "set-slots", "3", "5"})["ok"] == true);
  CHECK(s.ask({"business", "find", "a&b c"})["ok"] == true);
  CHECK(s.ask({"job", "why", "3", "9"})["ok"] == true);
  CHECK(s.ask({"job", "story", "3", "9"})["ok"] == true);
  CHECK(s.asked ==
        std::vector<std::string>{R"(POST /api/v1/businesses/3/runs/7/stop {"hang_up":true})",
                                 R"(PATCH /api/v1/businesses/3 {"max_outbound_calls":5})",
                                 "GET /api/v1/overview/businesses?limit=100&search=a%26b%20c ",
                                 "GET /api/v1/businesses/3/jobs/9/why ",
                                 "GET /api/v1/businesses/3/calls/9 "});
  CHECK(s.who.front() == "console uid=1000");
}

TEST_CASE("commands about keys are requests to the API, of a business or of the whole server") {
  stand s;
  s.status = 204;
  s.body = "";
  CHECK(s.ask({"keys", "list", "3"})["ok"] == true);
  CHECK(s.ask({"keys", "create", "server", "read", "Night watch"})["ok"] == true);
  CHECK(s.ask({"keys", "rotate", "3", "9", "2"})["ok"] == true);
  CHECK(s.ask({"keys", "rename", "3", "9", "Import"})["ok"] == true);
  CHECK(s.ask({"keys", "expire", "3", "9", "never"})["ok"] == true);
  const auto asked = s.ask({"keys", "revoke", "server", "9"});
  CHECK(asked["error"]["code"] == "confirm");
  CHECK(s.ask({"keys", "revoke", "server", "9"}, asked["confirm"])["result"]["done"] == true);
  CHECK(s.asked ==
        std::vector<std::string>{"GET /api/v1/businesses/3/keys?limit=1000 ",
                                 R"(POST /api/v1/keys {"role":"read","name":"Night watch"})",
                                 R"(POST /api/v1/businesses/3/keys/9/rotate {"overlap_s":7200})",
                                 R"(PATCH /api/v1/businesses/3/keys/9 {"name":"Import"})",
                                 R"(PATCH /api/v1/businesses/3/keys/9 {"expires_at":null})",
                                 "DELETE /api/v1/keys/9 "});
  CHECK(s.ask({"keys", "create", "3", "admin", "Boss", "30"})["ok"] == true);
  CHECK(s.asked.back().find(R"("expires_at":"20)") != std::string::npos);
}

TEST_CASE("a key's owner is a business or the server, its end days or never") {
  stand s;
  for (const auto* owner : {"all", "0", "-1", "3/../4", "99999999999999999999"})
    CHECK(s.ask({"keys", "list", owner})["error"]["field"] == "OWNER");
  CHECK(s.ask({"keys", "expire", "3", "9", "soon"})["error"]["field"] == "DAYS");
  CHECK(s.ask({"keys", "create", "3", "owner", "x"})["error"]["field"] == "ROLE");
  CHECK(s.asked.empty());
}

TEST_CASE("what the API refuses is refused with its words") {
  stand s;
  s.status = 409;
  s.body = R"({"error":{"code":"run_not_running","message":"only a running run","field":null}})";
  const auto said = s.ask({"runs", "pause", "3", "7"});
  CHECK(said["ok"] == false);
  CHECK(said["error"]["code"] == "run_not_running");
}

TEST_CASE("a server that may change nothing still answers questions") {
  stand s;
  s.trouble = {"not_owner", "another server"};
  CHECK(s.ask({"runs", "pause", "3", "7"})["error"]["code"] == "not_owner");
  CHECK(s.ask({"doubt", "never-placed", "3", "9"})["error"]["code"] == "not_owner");
  CHECK(s.ask({"runs", "list", "3"})["ok"] == true);
  CHECK(s.ask({"log", "level", "debug"})["result"]["level"] == "debug");
  CHECK(s.asked.size() == 1);
}

TEST_CASE("what can't be undone is done only when it was confirmed, once, in the same words") {
  stand s;
  const auto first = s.ask({"doubt", "never-placed", "3", "9"});
  CHECK(first["error"]["code"] == "confirm");
  CHECK(s.doors.orders.empty());
  const auto token = first["confirm"].get<std::string>();
  CHECK(s.ask({"doubt", "never-placed", "3", "10"}, token)["error"]["code"] == "confirm");
  CHECK(s.doors.orders.empty());
  const auto again = s.ask({"doubt", "never-placed", "3", "9"})["confirm"].get<std::string>();
  CHECK(s.ask({"doubt", "never-placed", "3", "9"}, again)["ok"] == true);
  REQUIRE(s.doors.orders.size() == 1);
  CHECK(s.doors.orders[0].what == actors_door::hand::never_placed);
  CHECK(s.doors.orders[0].job == job_id{9});
  CHECK(s.doors.orders[0].by == "console uid=1000");
  CHECK(s.ask({"doubt", "never-placed", "3", "9"}, again)["error"]["code"] == "confirm");
  CHECK(s.doors.orders.size() == 1);
}

TEST_CASE("an order by hand for a business that does not exist reaches no actor") {
  stand s;
  s.status = 404;
  s.body = R"({"error":{"code":"business_not_found","message":"no","field":null}})";
  CHECK(s.ask({"restart", "999"})["error"]["code"] == "business_not_found");
  CHECK(s.doors.orders.empty());
}

TEST_CASE("doubts are gathered from the slots of the businesses that have some") {
  stand s;
  s.body = R"({"items":[{"slot":1,"state":"calling"},{"slot":2,"state":"in_doubt","job_id":9}]})";
  const auto said = s.ask({"doubts", "3"});
  REQUIRE(said["result"]["doubts"].size() == 1);
  CHECK(said["result"]["doubts"][0]["job_id"] == 9);
  CHECK(said["result"]["doubts"][0]["business_id"] == 3);
}

TEST_CASE("what the node does is noted for the audit") {
  stand s;
  CHECK(s.ask({"carrier", "pace", "2.5"})["result"]["pace"] == 2.5);
  CHECK(s.ask({"carrier"})["result"]["calls_placed"] == 3);
  const auto token = s.ask({"drain"})["confirm"].get<std::string>();
  CHECK(s.drains == 0);
  CHECK(s.ask({"drain"}, token)["ok"] == true);
  CHECK(s.drains == 1);
  CHECK(s.notes ==
        std::vector<std::string>{"console uid=1000: carrier pace 2.5", "console uid=1000: drain"});
}

TEST_CASE("nonsense is refused as wrong usage, and what the console does itself is not served") {
  stand s;
  CHECK(s.ask({"fly"})["error"]["code"] == "wrong_usage");
  CHECK(s.ask({"help"})["error"]["code"] == "wrong_usage");
  CHECK(s.ask({})["error"]["code"] == "wrong_usage");
  CHECK(s.asked.empty());
}

TEST_CASE(
    "another PostgreSQL server is accepted on a person's word, asked twice, also while nothing "
    "can be changed") {
  stand s;
  s.trouble = {"database_changed", "another server answers"};
  const auto asked = s.ask({"database", "accept"});
  CHECK(asked["error"]["message"].get<std::string>().find("is called again") != std::string::npos);
  CHECK(s.accepted_by.empty());
  CHECK(s.ask({"database", "accept"}, asked["confirm"])["ok"] == true);
  CHECK(s.accepted_by == "console uid=1000");
  s.known_server = true;
  const auto again = s.ask({"database", "accept"})["confirm"].get<std::string>();
  CHECK(s.ask({"database", "accept"}, again)["error"]["code"] == "not_done");
}
