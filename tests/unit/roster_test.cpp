#include "actors/roster.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <random>
#include <string>
#include <vector>

using namespace ringmaster;

namespace {

using names = std::vector<std::string>;

names keys_of(const std::vector<actor_view>& views) {
  names keys;
  for (const auto& one : views)
    keys.push_back(one.key);
  return keys;
}

} // namespace

TEST_CASE("those that live stand in it, by kind and age, whoever comes and goes") {
  const auto roster = std::make_shared<actor_roster>();
  std::vector<std::pair<int, std::unique_ptr<listed_actor>>> live; // by number
  std::mt19937 random(5);
  for (int n = 0; n < 300; ++n) {
    live.emplace_back(
        n, std::make_unique<listed_actor>(roster, "run", "business=" + std::to_string(n)));
    if (random() % 3 == 0)
      live.erase(live.begin() + static_cast<std::ptrdiff_t>(random() % live.size()));
    names expected;
    for (const auto& [number, one] : live)
      expected.push_back("business=" + std::to_string(number));
    REQUIRE(keys_of(roster->views("run")) == expected);
  }
  const listed_actor store(roster, "store", "connection=1");
  CHECK(roster->views("store").size() == 1);
  CHECK(roster->views().size() == live.size() + 1);
  live.clear();
  CHECK(keys_of(roster->views()) == names{"connection=1"});
}

TEST_CASE("one that broke is told as restarted when its like comes again, one that ended is not") {
  const auto roster = std::make_shared<actor_roster>();
  const auto restarts = [&] { return roster->views("run").at(0).restarts; };
  listed_actor(roster, "run", "business=1").leave(true);
  listed_actor(roster, "run", "business=1").leave(false);
  { const listed_actor ended(roster, "run", "business=1"); }
  const listed_actor now(roster, "run", "business=1");
  CHECK(restarts() == 1);
}

TEST_CASE("without a roster it counts all the same") {
  listed_actor alone(nullptr, "run", "");
  ++alone.received;
  alone.leave(true);
  CHECK(alone.received == 1);
}
