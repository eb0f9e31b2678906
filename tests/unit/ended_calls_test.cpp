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

ended_calls::request_text request(const std::string& text) {
  return std::make_shared<const std::string>(text);
}

using keep = ended_calls::keep;
const time_point begin{seconds{1'764'000'000}};

} // namespace

TEST_CASE("an ended call is known by its token and its name together") {
  ended_calls calls;
  calls.add(token(1), sid(1), request("first"), keep::a_while, begin);
  calls.add(token(2), sid(2), nullptr, keep::a_while, begin);
  REQUIRE(calls.find(token(1), sid(1)) != nullptr);
  CHECK(*calls.find(token(1), sid(1)) == "first");
  CHECK(*calls.find(token(2), sid(2)) == "");
  CHECK(calls.find(token(1), sid(2)) == nullptr);
  CHECK(calls.find(token(1), call_sid{}) == nullptr);
}

TEST_CASE("the last calls are remembered, the oldest is forgotten first, each with its request") {
  ended_calls calls;
  const auto name = [](std::size_t n) { return "request " + std::to_string(n / 5); };
  constexpr auto all = 3 * ended_calls::most + 7;
  for (std::size_t n = 0; n < all; ++n) {
    calls.add(token(n), sid(n), request(name(n)), keep::a_while, begin + seconds{n / 10});
    for (std::size_t known = 0; known <= n; ++known) {
      const auto* found = calls.find(token(known), sid(known));
      REQUIRE((found != nullptr) == (n - known < ended_calls::most));
      if (found != nullptr) REQUIRE(*found == name(known));
    }
  }
}

TEST_CASE("calls that ended long ago are forgotten when another one has ended") {
  ended_calls calls;
  calls.add(token(1), sid(1), nullptr, keep::a_while, begin);
  calls.add(token(2), sid(2), nullptr, keep::a_while, begin + ended_calls::longest);
  CHECK(calls.find(token(1), sid(1)) != nullptr);
  calls.add(token(3), sid(3), nullptr, keep::a_while,
            begin + ended_calls::longest + microseconds{1});
  CHECK(calls.find(token(1), sid(1)) == nullptr);
  CHECK(calls.find(token(2), sid(2)) != nullptr);
  calls.add(token(4), sid(4), nullptr, keep::a_while,
            begin - seconds{3600}); // the clock was set back
  for (std::size_t n : {1, 2, 3})
    CHECK(calls.find(token(n), sid(n)) == nullptr);
  CHECK(calls.find(token(4), sid(4)) != nullptr);
}

TEST_CASE("a call whose job waits for another attempt is remembered however long that takes") {
  ended_calls calls;
  calls.add(token(0), sid(0), nullptr, keep::on, begin);
  for (std::size_t n = 1; n < 100; ++n) {
    calls.add(token(n), sid(n), nullptr, keep::a_while, begin + n * seconds{60});
    CHECK(calls.find(token(0), sid(0)) != nullptr);
  }
  for (std::size_t n = 100; n < 100 + ended_calls::most; ++n)
    calls.add(token(n), sid(n), nullptr, keep::on, begin);
  CHECK(calls.find(token(0), sid(0)) == nullptr);
}
