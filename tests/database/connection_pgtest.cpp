// What a connection makes of servers that say nothing, and of another server than it knew.
#include "db/connection.hpp"
#include "tests/support/database.hpp"
#include "tests/support/database_proxy.hpp"

#include <catch2/catch.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

using namespace ringmaster;
using namespace ringmaster::test;

TEST_CASE("a server that stands still is given up") {
  database base;
  database_proxy proxy{base.url()};
  db::session_settings settings;
  settings.answer_timeout = std::chrono::milliseconds{500};
  db::connection link{proxy.url(), settings, {}};
  REQUIRE(!link.open());
  proxy.freeze(true);
  const auto failed = db::in_transaction(link, [](pqxx::work& in) { in.exec("SELECT 1"); });
  REQUIRE(failed);
  CHECK(failed->what == db::sql_trouble::lost);
  CHECK_FALSE(link.is_open());
}

TEST_CASE("a server that works long and answers now and then is not given up") {
  database base;
  db::session_settings settings;
  settings.answer_timeout = std::chrono::milliseconds{600};
  db::connection link{base.url(), settings, {}};
  const auto failed = db::in_transaction(link, [](pqxx::work& in) {
    for (int i = 0; i < 10; ++i)
      in.exec("SELECT pg_sleep(0.2)");
  });
  CHECK(!failed);
}

TEST_CASE("a vanished host is noticed by the client's system, whatever the URL looks like") {
  database base;
  db::connection link{base.url(), {}, {}};
  REQUIRE(!link.open());
  int idle = 0, patience = 0;
  socklen_t size = sizeof idle;
  REQUIRE(getsockopt(link.session().sock(), IPPROTO_TCP, TCP_KEEPIDLE, &idle, &size) == 0);
  CHECK(idle == 10);
  size = sizeof patience;
  REQUIRE(getsockopt(link.session().sock(), IPPROTO_TCP, TCP_USER_TIMEOUT, &patience, &size) == 0);
  CHECK(patience == 20'000);
}

TEST_CASE("a server is known by its system and its present timeline") {
  database base;
  CHECK(base.text(db::server_identity_sql) ==
        base.text("SELECT system_identifier || '/' || lpad(upper(to_hex(timeline_id)), 8, '0')"
                  " FROM pg_control_system(), pg_control_checkpoint()"));
}
