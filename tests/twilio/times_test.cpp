#include "net/twilio/times.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;
using namespace ringmaster::net;

namespace {

time_point at(std::int64_t since_1970) {
  return time_point{seconds{since_1970}};
}

} // namespace

TEST_CASE("the carrier's dates are read") {
  CHECK(parse_rfc2822("Tue, 18 Aug 2015 16:25:34 +0000") == at(1'439'915'134));
  CHECK(parse_rfc2822("18 Aug 2015 16:25:34 +0000") == at(1'439'915'134));
  CHECK(parse_rfc2822("Tue, 18 Aug 2015 18:25:34 +0200") == at(1'439'915'134));
  CHECK(parse_rfc2822("Tue, 18 Aug 2015 12:55:34 -0330") == at(1'439'915'134));
  CHECK(parse_rfc2822("Sun, 06 Nov 1994 08:49:37 GMT") == at(784'111'777));
  CHECK(parse_rfc2822("Thu, 29 Feb 2024 23:59:59 +0000") == at(1'709'251'199));
  CHECK(parse_rfc2822("Thu, 1 Jan 1970 00:00:00 +0000") == at(0));
}

TEST_CASE("what is not such a date is no date") {
  for (const auto* text :
       {"", ",", "Tue,", "2015-08-18T16:25:34Z", "Tue, 18 Aug 2015 16:25:34", "null",
        "Tue, 18 Foo 2015 16:25:34 +0000", "Tue, 32 Aug 2015 16:25:34 +0000",
        "Tue, 18 Aug 2015 24:25:34 +0000", "Tue, 18 Aug 2015 16:25:34 PST",
        "Tue, 18 Aug 2015 16:25:3x +0000", "Tue, 18 Aug 20150 16:25:34 +0000",
        "Tue, 18 Aug -201 16:25:34 +0000", "Tue, 18 Aug 2015 16:25:34 +00:0"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_rfc2822(text));
  }
  CHECK_FALSE(parse_rfc2822(std::string(100'000, ' ')));
}

TEST_CASE("Retry-After is read as seconds or as a date") {
  const auto now = at(784'111'777);
  CHECK(parse_retry_after("7", now) == seconds{7});
  CHECK(parse_retry_after("0", now) == seconds{0});
  CHECK(parse_retry_after("Sun, 06 Nov 1994 08:49:47 GMT", now) == seconds{10});
  CHECK(parse_retry_after("Sun, 06 Nov 1994 08:49:00 GMT", now) == seconds{0});
  CHECK(parse_retry_after("999999", now) == seconds{3600});
  CHECK(parse_retry_after("Sun, 06 Nov 2094 08:49:37 GMT", now) == seconds{3600});
  for (const auto* text : {"", "-1", "soon", "1.5", "99999999999999999999"})
    CHECK_FALSE(parse_retry_after(text, now));
}
