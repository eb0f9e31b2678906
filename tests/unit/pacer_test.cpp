#include "actors/pacer.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <random>
#include <vector>

using namespace ringmaster;

namespace {

const time_point start{seconds{1'000'000}};

permit_request wish(std::int64_t business, std::uint64_t ticket,
                    dial_priority priority = dial_priority::run) {
  return {business_id{business}, ticket, priority};
}

std::vector<std::int64_t> take_all(pacer& p, time_point now) {
  std::vector<std::int64_t> businesses;
  while (auto next = p.next(now))
    businesses.push_back(next->business.value);
  return businesses;
}

} // namespace

TEST_CASE("without a pace everything goes at once, in turn over the businesses") {
  pacer p({0, 1, 100}, start);
  for (std::uint64_t i = 0; i < 3; ++i)
    p.ask(wish(1, i));
  p.ask(wish(2, 10));
  p.ask(wish(3, 20));
  CHECK(take_all(p, start) == std::vector<std::int64_t>{1, 2, 3, 1, 1});
}

TEST_CASE("direct calls go before runs") {
  pacer p({0, 1, 100}, start);
  p.ask(wish(1, 1));
  p.ask(wish(2, 2, dial_priority::direct));
  CHECK(take_all(p, start) == std::vector<std::int64_t>{2, 1});
}

TEST_CASE("at one call per second there is one permit in each second") {
  pacer p({1, 1, 100}, start);
  for (std::uint64_t i = 0; i < 4; ++i)
    p.ask(wish(1, i));
  CHECK(take_all(p, start).size() == 1);
  CHECK(take_all(p, start + milliseconds{999}).empty());
  auto at = p.next_time(start + milliseconds{999});
  REQUIRE(at);
  CHECK(*at >= start + seconds{1});
  CHECK(*at <= start + seconds{1} + milliseconds{1});
  CHECK(take_all(p, *at).size() == 1);
  CHECK(take_all(p, start + seconds{10}).size() == 1); // a rest gives no burst beyond 1
}

TEST_CASE("a permit that comes back can be given again at once") {
  pacer p({1, 1, 100}, start);
  p.ask(wish(1, 1));
  p.ask(wish(1, 2));
  REQUIRE(p.next(start));
  CHECK_FALSE(p.next(start));
  p.give_back();
  CHECK(p.next(start));
}

TEST_CASE("no more requests are permitted than the window holds") {
  pacer p({0, 1, 2}, start);
  for (std::uint64_t i = 0; i < 3; ++i)
    p.ask(wish(1, i));
  CHECK(take_all(p, start).size() == 2);
  CHECK_FALSE(p.next_time(start)); // time alone does not help
  p.settle();
  CHECK(take_all(p, start).size() == 1);
}

TEST_CASE("while held nothing is permitted, and a shorter hold does not shorten") {
  pacer p({0, 1, 10}, start);
  p.ask(wish(1, 1));
  p.hold_until(start + seconds{5});
  p.hold_until(start + seconds{2});
  CHECK_FALSE(p.next(start + seconds{4}));
  CHECK(p.next_time(start) == start + seconds{5});
  CHECK(p.next(start + seconds{5}));
}

TEST_CASE("a withdrawn wish is not fulfilled and the others are") {
  pacer p({0, 1, 10}, start);
  p.ask(wish(1, 1));
  p.ask(wish(1, 2));
  p.ask(wish(2, 3, dial_priority::direct));
  p.withdraw(business_id{1}, 1);
  p.withdraw(business_id{2}, 3);
  p.withdraw(business_id{7}, 9);
  auto next = p.next(start);
  REQUIRE(next);
  CHECK(next->ticket == 2);
  CHECK_FALSE(p.next(start));
  CHECK(p.waiting() == 0);
}

TEST_CASE("over any stretch of time no more is permitted than pace and burst allow") {
  for (unsigned seed = 0; seed < 50; ++seed) {
    std::mt19937 random{seed};
    const double rate = 1 + static_cast<double>(random() % 20);
    const double burst = 1 + static_cast<double>(random() % 5);
    pacer p({rate, burst, 1'000'000}, start);
    std::vector<time_point> given;
    auto now = start;
    std::uint64_t ticket = 0;
    for (int step = 0; step < 500; ++step) {
      now += milliseconds{random() % 200};
      for (unsigned i = 0; i < random() % 8; ++i)
        p.ask(wish(static_cast<std::int64_t>(random() % 5) + 1, ++ticket));
      while (p.next(now))
        given.push_back(now);
    }
    for (std::size_t a = 0; a < given.size(); ++a)
      for (std::size_t b = a; b < std::min(given.size(), a + 100); ++b) {
        auto passed = std::chrono::duration<double>(given[b] - given[a]).count();
        INFO("seed " << seed);
        REQUIRE(static_cast<double>(b - a + 1) <= passed * rate + burst + 1e-6);
      }
  }
}

TEST_CASE("a business that is held gets nothing until then, and holds up nobody") {
  pacer p({0, 1, 100}, start);
  p.ask(wish(1, 1));
  p.ask(wish(2, 2));
  p.hold_business(business_id{1}, start + seconds{30});
  p.ask(wish(1, 3, dial_priority::direct));
  CHECK(take_all(p, start) == std::vector<std::int64_t>{2});
  CHECK(p.waiting() == 2);
  CHECK(p.next_time(start) == start + seconds{30});
  CHECK(take_all(p, start + seconds{29}).empty());
  CHECK(take_all(p, start + seconds{30}) == std::vector<std::int64_t>{1, 1});
  CHECK(p.waiting() == 0);
}

TEST_CASE("wishes of a business that is held can be taken back") {
  pacer p({0, 1, 100}, start);
  p.ask(wish(1, 1));
  p.ask(wish(1, 2));
  p.ask(wish(1, 3));
  p.hold_business(business_id{1}, start + seconds{30});
  p.withdraw(business_id{1}, 2);
  CHECK(p.waiting() == 2);
  CHECK(p.withdraw_all(business_id{1}) == std::vector<std::uint64_t>{1, 3});
  CHECK(p.waiting() == 0);
  CHECK(take_all(p, start + seconds{30}).empty());
}
