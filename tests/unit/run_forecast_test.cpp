#include "actors/run_forecast.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;

namespace {
const time_point now{microseconds{1'790'000'000'000'000}};
double ahead(time_point at) {
  return static_cast<double>((at - now).count()) / 1e6;
}
} // namespace

TEST_CASE("a run's end is its remaining calls over its lanes") {
  const auto told = forecast(300, {50, 20.0, 0.0, 3}, now);
  REQUIRE(told);
  CHECK(ahead(told->likely) == Approx(2000));
  CHECK(told->earliest == told->likely);
  CHECK(told->latest == told->likely);
  CHECK(told->based_on == 50);
}

TEST_CASE("calls that differ widen the range, a larger sample narrows it") {
  const auto few = forecast(300, {5, 20.0, 100.0, 3}, now);
  const auto many = forecast(300, {200, 20.0, 100.0, 3}, now);
  REQUIRE((few && many));
  CHECK(few->likely == many->likely);
  CHECK(few->latest > many->latest);
  CHECK(few->earliest < many->earliest);
  CHECK(many->earliest < many->likely);
}

TEST_CASE("nothing is foretold from fewer than three calls, or when nothing remains") {
  CHECK_FALSE(forecast(10, {2, 20.0, 0.0, 3}, now));
  CHECK_FALSE(forecast(0, {50, 20.0, 0.0, 3}, now));
}

TEST_CASE("the last calls use no more lanes than there are calls") {
  CHECK(ahead(forecast(2, {50, 20.0, 0.0, 10}, now)->likely) == Approx(20));
}
