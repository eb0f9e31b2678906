#include "actors/roster.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <memory>
#include <random>
#include <string>
#include <thread>
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

TEST_CASE("threads come and go while others look") {
  const auto roster = std::make_shared<actor_roster>();
  std::atomic<int> working{4};
  std::vector<std::thread> threads;
  for (int n = 0; n < 4; ++n)
    threads.emplace_back([&, n] {
      std::vector<std::unique_ptr<listed_actor>> mine;
      for (int i = 0; i < 2'000; ++i) {
        mine.push_back(std::make_unique<listed_actor>(roster, "run", std::to_string(n)));
        mine.back()->received = 2;
        if (i % 7 == 0) mine.front()->leave(i % 2 == 0);
        if (i % 3 == 0) mine.erase(mine.begin());
      }
      --working;
    });
  std::uint64_t most = 0;
  while (working > 0) {
    for (const auto& one : roster->views())
      most = std::max(most, one.waiting);
    roster->waiting();
  }
  for (auto& one : threads)
    one.join();
  CHECK(roster->views().empty());
  CHECK(most <= 2);
}
