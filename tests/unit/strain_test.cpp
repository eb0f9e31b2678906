#include "net/api/strain.hpp"

#include <catch2/catch.hpp>

namespace ringmaster::test {

using net::api::strain;

TEST_CASE("processors that are pressed stretch what can wait, and one late word does not") {
  strain felt(microseconds{200}, microseconds{600});
  const auto pace = [&] { return felt.between(microseconds{100}, microseconds{1'000}); };
  const auto turns = [&](int n, microseconds delay) {
    for (int turn = 0; turn < n; ++turn) {
      for (int word = 0; word < 10; ++word)
        felt.came_late_by(delay);
      felt.end_of_turn();
    }
  };
  CHECK(pace() == microseconds{100});
  turns(40, microseconds{150});
  CHECK(pace() == microseconds{100});
  turns(1, microseconds{500});
  CHECK(pace() == microseconds{100});
  turns(40, microseconds{400});
  CHECK(felt.share() > 0.4);
  CHECK(felt.share() < 0.6);
  turns(40, microseconds{5'000});
  CHECK(pace() == microseconds{1'000});
}

TEST_CASE("what was felt passes within a second of quiet, after any stop and with any clock") {
  strain felt(microseconds{200}, microseconds{600});
  for (const auto delay : {std::chrono::hours{24}, std::chrono::hours{-24}}) {
    for (int turn = 0; turn < 100; ++turn) {
      felt.came_late_by(delay);
      felt.end_of_turn();
    }
    CHECK(felt.share() == (delay > std::chrono::hours{0} ? 1.0 : 0.0));
    for (int turn = 0; turn < 40; ++turn)
      felt.end_of_turn();
    CHECK(felt.share() == 0.0);
  }
}

} // namespace ringmaster::test
