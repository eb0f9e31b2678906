#include "actors/small_set.hpp"

#include <catch2/catch.hpp>

#include <random>
#include <set>

using namespace ringmaster;

TEST_CASE("a small set holds what a set would hold") {
  std::mt19937 random{1};
  small_set<int> small;
  std::set<int> like;
  for (int step = 0; step < 5000; ++step) {
    const int value = static_cast<int>(random() % 12);
    if (random() % 2 == 0) {
      small.insert(value);
      like.insert(value);
    } else {
      REQUIRE(small.erase(value) == like.erase(value));
    }
    REQUIRE(std::set<int>(small.begin(), small.end()) == like);
    REQUIRE(small.count(value) == like.count(value));
    REQUIRE(small.empty() == like.empty());
  }
  small.clear();
  CHECK(small.empty());
}
