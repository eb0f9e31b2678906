#include "actors/prefix_pauses.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;

namespace {

const time_point start{seconds{1'000'000}};
const phone_number tel_aviv{"+97231234567"}, mobile{"+972501234567"}, london{"+442071234567"};

} // namespace

TEST_CASE("a prefix is the country's code, within +1 with the area code") {
  CHECK(calling_prefix(mobile) == "+972");
  CHECK(calling_prefix(london) == "+44");
  CHECK(calling_prefix(phone_number{"+14155550100"}) == "+1415");
  CHECK(calling_prefix(phone_number{"+79161234567"}) == "+7");
  CHECK(calling_prefix(phone_number{"+989121234567"}) == "+98");
  CHECK(calling_prefix(phone_number{"+1"}) == "+1");
}

TEST_CASE("a refused prefix waits, others don't, and each pause ends with one more try") {
  prefix_pauses pauses;
  CHECK_FALSE(pauses.paused(mobile, start));
  const auto until = pauses.refused(mobile, start);
  REQUIRE(until);
  CHECK(*until == start + prefix_pauses::first_pause);
  CHECK(pauses.paused(tel_aviv, start) == until);
  CHECK_FALSE(pauses.paused(london, start));
  // One that was in flight with the first costs no second pause.
  CHECK(pauses.refused(tel_aviv, start + seconds{1}) == until);
  CHECK_FALSE(pauses.paused(mobile, *until));
  CHECK(*pauses.refused(mobile, *until) == *until + 2 * prefix_pauses::first_pause);
}

TEST_CASE(
    "a prefix that is refused again and again is refused for good, unless a call goes through") {
  prefix_pauses pauses;
  auto now = start;
  for (int i = 0; i < prefix_pauses::most_pauses; ++i) {
    const auto until = pauses.refused(mobile, now);
    REQUIRE(until);
    now = *until;
  }
  CHECK_FALSE(pauses.refused(mobile, now));
  CHECK_FALSE(pauses.paused(mobile, now));
  pauses.allowed(tel_aviv);
  CHECK(pauses.refused(mobile, now) == now + prefix_pauses::first_pause);
}

TEST_CASE("a clock that is set back prolongs no pause") {
  prefix_pauses pauses;
  pauses.refused(mobile, start);
  CHECK_FALSE(pauses.paused(mobile, start - seconds{3'600}));
}
