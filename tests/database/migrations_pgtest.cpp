#include "db/migrations.hpp"
#include "tests/database/empty_database.hpp"

#include <catch2/catch.hpp>

#include <future>

using namespace ringmaster;
using namespace ringmaster::test;

namespace {

const db::migrate_options tests_only{true};

} // namespace

TEST_CASE("migrating applies every step once") {
  empty_database base;
  CHECK(db::schema_is_current(base.url, tests_only).error().code == "schema_old");
  const auto steps = static_cast<int>(db::migrations().size());
  REQUIRE(steps > 0);
  CHECK(*db::migrate(base.url, tests_only) == steps);
  CHECK(*db::migrate(base.url, tests_only) == 0);
  CHECK(db::schema_is_current(base.url, tests_only));
  CHECK(base.sql("SELECT count(*) FROM schema_migrations") == std::to_string(steps));
}

TEST_CASE("of two programs that migrate at once, one does the work") {
  empty_database base;
  const auto migrate = [&] { return *db::migrate(base.url, tests_only); };
  auto one = std::async(std::launch::async, migrate);
  auto two = std::async(std::launch::async, migrate);
  CHECK(one.get() + two.get() == static_cast<int>(db::migrations().size()));
}

TEST_CASE("a database that a newer program migrated is refused") {
  empty_database base;
  REQUIRE(db::migrate(base.url, tests_only));
  base.sql("INSERT INTO schema_migrations (name, sha256) VALUES ('999_future', 'x')");
  CHECK(db::migrate(base.url, tests_only).error().code == "schema_newer");
  CHECK(db::schema_is_current(base.url, tests_only).error().code == "schema_newer");
}

TEST_CASE("an applied step with another text is refused") {
  empty_database base;
  REQUIRE(db::migrate(base.url, tests_only));
  base.sql("UPDATE schema_migrations SET sha256 = 'x' WHERE name = '001_core'");
  CHECK(db::migrate(base.url, tests_only).error().code == "schema_differs");
  CHECK(db::schema_is_current(base.url, tests_only).error().code == "schema_differs");
}

TEST_CASE("a server that doesn't fsync is refused unless that is allowed") {
  empty_database base;
  const auto answer = db::migrate(base.url);
  if (base.sql("SHOW fsync") == "on")
    CHECK(answer);
  else
    CHECK(answer.error().code == "fsync_off");
}

TEST_CASE("a database that isn't there is unavailable") {
  CHECK(db::migrate("host=127.0.0.1 port=1 dbname=none").error().kind == failure_kind::unavailable);
}
