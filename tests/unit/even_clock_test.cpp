#include "actors/even_clock.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;

namespace {

const time_point noon{std::chrono::hours{480'012}};

struct clocks {
  even_clock even{noon, seconds{0}};
  microseconds steady{0}, error{0};

  time_point now() { return even.now(noon + steady + error, steady); }
  /// What it shows after so many steps of that length.
  time_point after(int steps, microseconds step) {
    for (int i = 0; i < steps; ++i) {
      steady += step;
      now();
    }
    return now();
  }
};

} // namespace

TEST_CASE("it goes with the wall clock as long as that goes well") {
  clocks c;
  CHECK(c.now() == noon);
  CHECK(c.after(600, milliseconds{100}) == noon + seconds{60});
}

TEST_CASE("a jump of the wall clock is made up for slowly, either way") {
  clocks c;
  c.after(100, milliseconds{100});
  auto jump = GENERATE(seconds{3'600}, -seconds{3'600});
  c.error = jump;
  auto before = c.now();
  auto passed = c.after(1'000, milliseconds{60}) - before;
  CHECK(passed >= seconds{60} - seconds{3});
  CHECK(passed <= seconds{60} + seconds{3});
  const auto shown = c.after(24 * 3'600, seconds{1});
  CHECK(shown == noon + c.steady + jump);
}

TEST_CASE("it never goes back, however often it is asked") {
  clocks c;
  c.error = -seconds{600};
  auto last = c.now();
  for (int i = 0; i < 100'000; ++i) {
    c.steady += microseconds{37};
    auto next = c.now();
    REQUIRE(next >= last);
    last = next;
  }
  CHECK(last < noon + c.steady);
}

TEST_CASE("an error is not overshot when nobody asked for a day") {
  clocks c;
  c.after(2, seconds{1});
  c.error = seconds{5};
  c.after(2, seconds{1});
  const auto shown = c.after(1, std::chrono::hours{24});
  CHECK(shown == noon + c.steady + seconds{5});
}
