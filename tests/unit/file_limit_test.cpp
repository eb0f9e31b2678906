#include "config/file_limit.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster::config;

TEST_CASE("clients get the files that the database, the carrier and the log don't need") {
  CHECK(connections_within(65'536) == 4096);
  CHECK(connections_within(1024) == 768);
  CHECK(connections_within(512) == 256);
  CHECK(connections_within(100) == 50);
  CHECK(connections_within(0) == 1);
}
