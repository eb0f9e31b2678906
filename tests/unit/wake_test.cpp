#include "actors/wake.hpp"
#include "tests/support/database.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;
using test::at;

TEST_CASE("of several timers the newest counts, and it is set only when it comes sooner") {
  wake timer;
  const auto late = timer.set(at(10));
  REQUIRE(late);
  CHECK_FALSE(timer.set(at(12)));
  const auto early = timer.set(at(3));
  REQUIRE(early);
  CHECK(timer.rings(*early));
  CHECK_FALSE(timer.rings(*late)); // a leftover
  CHECK(timer.set(at(20)));
}

TEST_CASE("a timer rings whatever the wall clock says, and the next can be set") {
  wake timer;
  const auto only = timer.set(at(3600));
  CHECK(timer.rings(*only));
  CHECK(timer.set(at(7200)));
  CHECK_FALSE(timer.rings(*only));
}
