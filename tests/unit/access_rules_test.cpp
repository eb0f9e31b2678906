#include "net/api/access.hpp"
#include "net/api/routes.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace ringmaster;
using namespace ringmaster::net::api;

namespace {

constexpr key_role roles[] = {key_role::read, key_role::operate, key_role::admin};

caller of_business(key_role role) {
  return {role, business_id{7}};
}
caller of_server(key_role role) {
  return {role, {}};
}

bool ends_with(const std::string& text, const std::string& tail) {
  return text.size() >= tail.size() &&
         text.compare(text.size() - tail.size(), tail.size(), tail) == 0;
}

} // namespace

TEST_CASE("a role may do what the roles below it may, and no more") {
  const auto may = [](key_role role, access needed) {
    return !refuse_role(needed, of_business(role)) && !refuse_role(needed, of_server(role));
  };
  for (const auto role : roles) {
    CHECK(may(role, access::anyone));
    CHECK(may(role, access::read));
    CHECK(may(role, access::operate) == (role != key_role::read));
    CHECK(may(role, access::admin) == (role == key_role::admin));
    CHECK(refuse_role(access::nobody, of_server(role)));
  }
}

TEST_CASE("what is about the whole server needs a key of the whole server") {
  for (const auto role : roles) {
    CHECK(refuse_role(access::server_read, of_business(role))->code == "admin_only");
    CHECK(refuse_role(access::server_admin, of_business(role))->code == "admin_only");
    CHECK_FALSE(refuse_role(access::server_read, of_server(role)));
    CHECK(!refuse_role(access::server_admin, of_server(role)) == (role == key_role::admin));
  }
}

TEST_CASE("a refusal names the role that is needed and the one that is there") {
  const auto why = refuse_role(access::operate, of_business(key_role::read));
  REQUIRE(why);
  CHECK(why->kind == failure_kind::forbidden);
  CHECK(why->code == "role_needed");
  CHECK(why->message == "this needs a key with the role operate; this one has the role read");
  CHECK(refuse_role(access::server_admin, of_business(key_role::admin))
            ->message.find("whole server with the role admin") != std::string::npos);
}

TEST_CASE("every route demands a role: to look, read; to change calls, operate; the rest, admin") {
  const std::set<std::string> open{"/", "/healthz", "/metrics", "/readyz", "/api/openapi.json"};
  for (const auto& route : routes()) {
    INFO(route.method << " " << route.pattern);
    const bool in_business = route.pattern.find("{business_id}") != std::string::npos;
    const bool keys = route.pattern.find("/keys") != std::string::npos;
    const bool settings = ends_with(route.pattern, "/businesses/{business_id}") ||
                          ends_with(route.pattern, "/businesses");
    const bool looks = route.method == "GET";
    CHECK(route.needs != access::nobody);
    if (open.count(route.pattern) == 1)
      CHECK(route.needs == access::anyone);
    else if (route.pattern == "/api/v1/me")
      CHECK(route.needs == access::read);
    else if (in_business)
      CHECK(route.needs == (keys || (settings && !looks) ? access::admin
                            : looks                      ? access::read
                                                         : access::operate));
    else
      CHECK(route.needs == (looks && !keys ? access::server_read : access::server_admin));
  }
}

TEST_CASE("the roles' names can be read back") {
  for (const auto role : roles)
    CHECK(key_role_from(to_string(role)) == role);
  CHECK_FALSE(key_role_from("owner"));
  CHECK_FALSE(key_role_from(""));
}
