#include "net/api/openapi.hpp"
#include "net/api/routes.hpp"
#include "net/api/text.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <set>

using namespace ringmaster;
using namespace ringmaster::net;
using namespace ringmaster::net::api;

TEST_CASE("a path finds its route and its ids") {
  const auto match = match_route("POST", "/api/v1/businesses/12/runs/34/jobs/56/requeue");
  REQUIRE(match.found != nullptr);
  CHECK(match.ids.business == business_id(12));
  CHECK(match.ids.run == run_id(34));
  CHECK(match.ids.job == job_id(56));
  CHECK_FALSE(match.ids.lead);
  CHECK(match_route("POST", "/api/v1/businesses/12/keys/78/rotate").ids.key == 78);
  CHECK(match_route("GET", "/").found != nullptr);
  CHECK(match_route("GET", "/healthz").found != nullptr);
}

TEST_CASE("an id is a positive 64-bit integer and nothing else") {
  const auto known = [](const std::string& id) {
    return match_route("GET", "/api/v1/businesses/" + id).found != nullptr;
  };
  CHECK(known("1"));
  CHECK(known("9223372036854775807"));
  for (const auto* id :
       {"", "0", "-1", "+1", "01", "1.0", "1e3", "abc", "0x10", "9223372036854775808",
        "99999999999999999999999", "%31", "1 ", " 1", "1;", "1,2"})
    CHECK_FALSE(known(id));
}

TEST_CASE("an unknown path has no route and an unknown method names the known ones") {
  for (const auto* path :
       {"", "//", "/api", "/api/v1", "/api/v1/", "/api/v1/businesses/", "/healthz/",
        "/API/v1/businesses", "/api/v1/businesses/1/leads/", "/api/v2/businesses"}) {
    const auto match = match_route("GET", path);
    CHECK(match.found == nullptr);
    CHECK(match.allow.empty());
  }
  CHECK(match_route("DELETE", "/api/v1/businesses/1").allow == "GET, PATCH");
  CHECK(match_route("get", "/healthz").found == nullptr);
  CHECK(match_route("get", "/healthz").allow == "GET");
}

TEST_CASE("what may be read may be asked for by HEAD") {
  const auto match = match_route("HEAD", "/api/v1/businesses/7");
  REQUIRE(match.found != nullptr);
  CHECK(match.found->method == "GET");
  CHECK(match.ids.business == business_id(7));
  CHECK(match_route("HEAD", "/healthz").found != nullptr);
  CHECK(match_route("HEAD", "/api/v1/businesses/7/runs/8/stop").found == nullptr);
}

TEST_CASE("large bodies and exports are served apart from the quick ones") {
  http_request request{"POST", "/api/v1/businesses/1/leads", {}, std::string(100, 'x'), ""};
  const auto lane = [&] {
    return lane_of(*match_route(request.method, request.path()).found, request);
  };
  CHECK(lane() == lane_kind::quick);
  request.body.resize(1'000'000);
  CHECK(lane() == lane_kind::bulk);
  http_request calls{"GET", "/api/v1/businesses/1/calls", {{"accept", "text/csv"}}, "", ""};
  CHECK(lane_of(*match_route("GET", calls.path()).found, calls) == lane_kind::bulk);
}

TEST_CASE("each route has one handler, of the kind that its lane calls") {
  for (const auto& route : routes()) {
    INFO(route.method << " " << route.pattern);
    const bool in_a_lane = route.where == lane_kind::quick || route.where == lane_kind::bulk;
    CHECK(in_a_lane == (route.handle != nullptr));
    CHECK((route.where == lane_kind::at_once) == (route.handle_at_once != nullptr));
  }
}

TEST_CASE("the OpenAPI document describes each route of the table and no other") {
  const auto document = nlohmann::json::parse(openapi_document());
  CHECK(document.at("openapi") == "3.1.0");
  std::set<std::string> described, served;
  for (const auto& [path, operations] : document.at("paths").items())
    for (const auto& [method, operation] : operations.items())
      if (method != "parameters") described.insert(method + " " + path);
  for (const auto& route : routes())
    served.insert(ascii_lower(route.method) + " " + route.pattern);
  CHECK(described == served);
}

TEST_CASE("every reference in the OpenAPI document leads somewhere, open routes are marked") {
  const auto document = nlohmann::json::parse(openapi_document());
  std::size_t references = 0;
  const auto flat = document.flatten();
  for (const auto& [pointer, value] : flat.items())
    if (pointer.size() > 5 && pointer.substr(pointer.size() - 5) == "/$ref") {
      ++references;
      const auto target = value.get<std::string>();
      INFO(pointer << " -> " << target);
      CHECK(document.contains(nlohmann::json::json_pointer(target.substr(1))));
    }
  CHECK(references > 100);
  for (const auto& route : routes()) {
    const auto& operation = document["paths"][route.pattern][ascii_lower(route.method)];
    INFO(route.method << " " << route.pattern);
    CHECK(operation.contains("security") == (route.needs == access::anyone));
    CHECK(operation.contains("requestBody") == (route.method == "POST" || route.method == "PATCH"));
  }
}
