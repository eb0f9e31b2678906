#include "net/api/rfc3339.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;
using namespace ringmaster::net::api;

namespace {

std::string again(std::string_view text) {
  const auto at = parse_time(text);
  return at ? format_time(*at) : "refused";
}

} // namespace

TEST_CASE("a time is written in UTC with microseconds") {
  CHECK(format_time(time_point(microseconds(0))) == "1970-01-01T00:00:00.000000Z");
  CHECK(format_time(time_point(microseconds(-1))) == "1969-12-31T23:59:59.999999Z");
  CHECK(format_time(time_point(seconds(1'709'210'096))) == "2024-02-29T12:34:56.000000Z");
}

TEST_CASE("a time is read with any offset and any fraction") {
  CHECK(again("2026-01-31T09:05:00Z") == "2026-01-31T09:05:00.000000Z");
  CHECK(again("2026-01-31t09:05:00.5z") == "2026-01-31T09:05:00.500000Z");
  CHECK(again("2026-01-01T01:30:00+02:00") == "2025-12-31T23:30:00.000000Z");
  CHECK(again("2026-01-01T01:30:00-05:30") == "2026-01-01T07:00:00.000000Z");
  CHECK(again("2026-01-31T09:05:00.123456789Z") == "2026-01-31T09:05:00.123456Z");
  CHECK(again("2000-02-29T00:00:00Z") == "2000-02-29T00:00:00.000000Z");
}

TEST_CASE("every day of four centuries comes back as it went") {
  for (std::int64_t day = -25'000; day < 121'000; ++day) {
    const time_point at(microseconds(day * 86'400'000'000 + 1));
    const auto back = parse_time(format_time(at));
    if (!back || *back != at) FAIL("day " << day << " became " << format_time(at));
  }
  SUCCEED();
}

TEST_CASE("what is no time is refused") {
  for (const auto* text : {"",
                           "now",
                           "2026-01-31",
                           "2026-01-31T09:05:00",
                           "2026-01-31 09:05:00Z",
                           "2026-13-01T00:00:00Z",
                           "2026-00-01T00:00:00Z",
                           "2026-02-29T00:00:00Z",
                           "1900-02-29T00:00:00Z",
                           "2026-04-31T00:00:00Z",
                           "2026-01-01T24:00:00Z",
                           "2026-01-01T00:60:00Z",
                           "2026-01-01T00:00:60Z",
                           "2026-01-01T00:00:00.Z",
                           "2026-01-01T00:00:00+2:00",
                           "2026-01-01T00:00:00+24:00",
                           "2026-01-01T00:00:00Zx",
                           "1899-12-31T00:00:00Z",
                           "+026-01-01T00:00:00Z",
                           "2026-01-01T00:00:00 02:00"})
    CHECK(again(text) == "refused");
}
