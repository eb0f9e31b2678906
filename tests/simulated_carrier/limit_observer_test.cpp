#include "net/simulated_carrier/limit_observer.hpp"

#include "net/simulated_carrier/chance.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <map>

using namespace ringmaster;
using namespace ringmaster::net::sim;

namespace {
time_point at(int ms) {
  return time_point{milliseconds{ms}};
}
} // namespace

TEST_CASE("the observer counts live calls per caller ID and keeps the highest") {
  limit_observer o(3);
  o.created("+1", "+101", "CA1", at(0));
  o.created("+1", "+102", "CA2", at(1));
  o.created("+2", "+101", "CA3", at(2));
  o.ended("+1", "+101", at(3));
  o.created("+1", "+103", "CA4", at(4));
  const auto* one = o.caller("+1");
  REQUIRE(one);
  CHECK(one->live == 2);
  CHECK(one->highest == 2);
  CHECK(one->calls == 3);
  CHECK(one->above(1) == 2);
  CHECK(one->above(2) == 0);
  CHECK(o.caller("+2")->highest == 1);
  CHECK(!o.caller("+3"));
  CHECK(o.live_total() == 3);
  CHECK(o.highest_total() == 3);
  CHECK(o.overlaps() == 0);
}

TEST_CASE("the observer notes each create above the watched limit") {
  limit_observer o(3);
  for (int i = 0; i < 5; ++i)
    o.created("+1", "+10" + std::to_string(i), "CA" + std::to_string(i), at(i));
  REQUIRE(o.excesses().size() == 2);
  CHECK(o.excesses()[0].sid == "CA3");
  CHECK(o.excesses()[0].live == 4);
  CHECK(o.excesses()[1].at == at(4));
  CHECK(o.caller("+1")->above(3) == 2);
  CHECK(o.caller("+1")->above(4) == 1);
  CHECK(o.caller("+1")->above(5) == 0);
}

TEST_CASE("the observer finds numbers called twice, and at the same time") {
  limit_observer o(3);
  o.created("+1", "+101", "CA1", at(0));
  o.ended("+1", "+101", at(1));
  CHECK(o.repeated().empty());
  o.created("+1", "+101", "CA2", at(2));
  REQUIRE(o.repeated().size() == 1);
  CHECK(o.repeated().begin()->second.calls == 2);
  CHECK(o.overlaps() == 0);
  o.created("+1", "+101", "CA3", at(3));
  CHECK(o.overlaps() == 1);
  CHECK(o.calls_to("+1", "+101") == 3);
  o.created("+2", "+101", "CA4", at(3));
  CHECK(o.overlaps() == 1);
}

TEST_CASE("a gap is measured from a call's end to the create in its place") {
  limit_observer o(3);
  o.created("+1", "+101", "CA1", at(0));
  o.created("+1", "+102", "CA2", at(0));
  o.ended("+1", "+101", at(100));
  o.ended("+1", "+102", at(150));
  o.created("+1", "+103", "CA3", at(160)); // takes the place of the first: 60 ms
  o.created("+1", "+104", "CA4", at(160)); // of the second: 10 ms
  o.created("+1", "+105", "CA5", at(900)); // of nobody
  const auto& gaps = o.caller("+1")->gaps;
  CHECK(gaps.count() == 2);
  CHECK(gaps.highest() == 60'000);
  CHECK(gaps.percentile(0.5) >= 10'000);
  CHECK(gaps.percentile(0.5) <= 11'250);
}

TEST_CASE("whatever is created and ended, the observer agrees with a plain count") {
  auto seed = GENERATE(1u, 2u, 3u, 4u, 5u);
  CAPTURE(seed);
  chance draws(seed);
  limit_observer o(3);
  std::map<std::string, std::vector<std::string>> live;
  std::map<std::string, std::size_t> highest;
  for (std::uint64_t i = 0; i < 5'000; ++i) {
    auto from = "+" + std::to_string(draws.between(i * 3, 1, 4));
    auto to = "+9" + std::to_string(draws.between(i * 3 + 1, 1, 500));
    auto& calls = live[from];
    if (draws.happens(i * 3 + 2, 0.5) && !calls.empty()) {
      o.ended(from, calls.back(), at(static_cast<int>(i)));
      calls.pop_back();
    } else {
      o.created(from, to, "CA" + std::to_string(i), at(static_cast<int>(i)));
      calls.push_back(to);
    }
    highest[from] = std::max(highest[from], calls.size());
    REQUIRE(static_cast<std::size_t>(o.caller(from)->live) == calls.size());
  }
  for (const auto& [from, most] : highest)
    CHECK(static_cast<std::size_t>(o.caller(from)->highest) == most);
}

TEST_CASE("a histogram's percentiles are within an eighth of the exact ones") {
  auto seed = GENERATE(1u, 2u, 3u);
  chance draws(seed);
  histogram h;
  std::vector<std::int64_t> all;
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    auto value =
        draws.between(i, 0, 1) == 0 ? draws.between(~i, 0, 200) : draws.between(~i, 0, 5'000'000);
    h.add(value);
    all.push_back(value);
  }
  std::sort(all.begin(), all.end());
  for (double q : {0.01, 0.25, 0.5, 0.9, 0.99, 1.0}) {
    auto rank = std::max<std::size_t>(static_cast<std::size_t>(std::ceil(q * 10'000)), 1);
    auto exact = all[rank - 1];
    CAPTURE(q, exact);
    CHECK(h.percentile(q) >= exact);
    CHECK(h.percentile(q) <= exact + exact / 8 + 1);
  }
  CHECK(h.highest() == all.back());
  CHECK(histogram{}.percentile(0.5) == 0);
}
