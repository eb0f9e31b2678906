#include "actors/wake_up.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;

namespace {

time_point at(int second) {
  return time_point{seconds{1'000'000 + second}};
}

} // namespace

TEST_CASE("an actor is woken for the earliest of its wishes") {
  wake_up alarm;
  CHECK(alarm.wish(at(10), at(0)) == microseconds{seconds{10}});
  CHECK(!alarm.wish(at(12), at(0)));
  CHECK(alarm.wish(at(3), at(0)) == microseconds{seconds{3}});
  CHECK(alarm.came(at(3)).due);
  SECTION("what is left of an earlier wish wakes nobody") {
    auto tick = alarm.came(at(10));
    CHECK(!tick.due);
    CHECK(!tick.again);
  }
  SECTION("nor before a later wish, whose own tick is on its way") {
    CHECK(alarm.wish(at(20), at(3)) == microseconds{seconds{17}});
    auto leftover = alarm.came(at(10));
    CHECK(!leftover.due);
    CHECK(!leftover.again);
    CHECK(alarm.came(at(20)).due);
  }
}

TEST_CASE("a wish whose time has passed is for now") {
  wake_up alarm;
  CHECK(alarm.wish(at(1), at(5)) == microseconds{0});
  CHECK(alarm.came(at(5)).due);
}

TEST_CASE("a tick that a clock set back makes too early is not the last") {
  wake_up alarm;
  REQUIRE(alarm.wish(at(60), at(0)));
  auto early = alarm.came(at(45));
  CHECK(!early.due);
  CHECK(early.again == microseconds{seconds{15}});
  CHECK(alarm.came(at(60)).due);
}
