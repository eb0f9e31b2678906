#include "actors/ended_calls.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;

namespace {

dial_token token(std::size_t n) {
  return {1, n};
}

call_sid sid(std::size_t n) {
  return call_sid{"CA" + std::to_string(n)};
}

} // namespace

TEST_CASE("an ended call is known by its token and its name together") {
  ended_calls calls;
  calls.add(token(1), sid(1), "first");
  calls.add(token(2), sid(2), "second");
  REQUIRE(calls.find(token(1), sid(1)) != nullptr);
  CHECK(*calls.find(token(1), sid(1)) == "first");
  CHECK(*calls.find(token(2), sid(2)) == "second");
  CHECK(calls.find(token(1), sid(2)) == nullptr);
  CHECK(calls.find(token(1), call_sid{}) == nullptr);
}

TEST_CASE("the last calls are remembered, the oldest is forgotten first, each with its request") {
  ended_calls calls;
  const auto request = [](std::size_t n) { return "request " + std::to_string(n / 5); };
  constexpr auto all = 3 * ended_calls::most + 7;
  for (std::size_t n = 0; n < all; ++n) {
    calls.add(token(n), sid(n), request(n));
    for (std::size_t known = 0; known <= n; ++known) {
      const auto* found = calls.find(token(known), sid(known));
      REQUIRE((found != nullptr) == (n - known < ended_calls::most));
      if (found != nullptr) REQUIRE(*found == request(known));
    }
  }
}
