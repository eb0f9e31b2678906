#include "net/simulated_carrier/call_life.hpp"

#include <catch2/catch.hpp>

#include <map>

using namespace ringmaster;
using namespace ringmaster::net::sim;

TEST_CASE("a call's life depends on seed, numbers and count alone") {
  life_settings settings;
  for (std::uint64_t n = 0; n < 200; ++n) {
    auto one = draw_life(settings, chance(7, "+1", "+2", n));
    auto same = draw_life(settings, chance(7, "+1", "+2", n));
    REQUIRE(one.outcome == same.outcome);
    REQUIRE(one.ring == same.ring);
    REQUIRE(one.talk == same.talk);
  }
}

TEST_CASE("another seed, number or count draws another life") {
  life_settings settings;
  settings.ring = {milliseconds{0}, milliseconds{1'000'000}};
  auto ring = [&](chance draws) { return draw_life(settings, draws).ring; };
  auto one = ring(chance(7, "+1", "+2", 0));
  CHECK(one != ring(chance(8, "+1", "+2", 0)));
  CHECK(one != ring(chance(7, "+1", "+3", 0)));
  CHECK(one != ring(chance(7, "+3", "+2", 0)));
  CHECK(one != ring(chance(7, "+1", "+2", 1)));
  CHECK(one != ring(chance(7, "+2", "+1", 0)));
}

TEST_CASE("outcomes come in their shares and times within their ranges") {
  life_settings settings;
  settings.canceled = 0.05;
  std::map<life_outcome, int> seen;
  constexpr int calls = 20'000;
  for (int n = 0; n < calls; ++n) {
    auto life = draw_life(settings, chance(1, "+1", "+2", static_cast<std::uint64_t>(n)));
    ++seen[life.outcome];
    REQUIRE(life.setup >= settings.setup.low);
    REQUIRE(life.setup <= settings.setup.high);
    REQUIRE(life.ring >= settings.ring.low);
    REQUIRE(life.ring <= settings.ring.high);
    REQUIRE(life.talk >= settings.talk.low);
    REQUIRE(life.talk <= settings.talk.high);
  }
  auto share = [&](life_outcome o) { return static_cast<double>(seen[o]) / calls; };
  CHECK(share(life_outcome::answered) == Approx(0.80 / 1.05).margin(0.02));
  CHECK(share(life_outcome::machine) == Approx(0.04 / 1.05).margin(0.01));
  CHECK(share(life_outcome::busy) == Approx(0.06 / 1.05).margin(0.01));
  CHECK(share(life_outcome::no_answer) == Approx(0.07 / 1.05).margin(0.01));
  CHECK(share(life_outcome::failed) == Approx(0.03 / 1.05).margin(0.01));
  CHECK(share(life_outcome::canceled) == Approx(0.05 / 1.05).margin(0.01));
}

TEST_CASE("a share of 0 never happens, and times may all be 0") {
  life_settings settings;
  for (auto name : {"answered", "machine", "no_answer", "failed", "canceled"})
    REQUIRE(settings.set(name, "0").empty());
  for (auto name : {"setup_ms", "ring_ms", "talk_ms", "detection_ms"})
    REQUIRE(settings.set(name, "0").empty());
  for (std::uint64_t n = 0; n < 1'000; ++n) {
    auto life = draw_life(settings, chance(3, "+1", "+2", n));
    REQUIRE(life.outcome == life_outcome::busy);
    REQUIRE((life.setup + life.ring + life.talk + life.detection).count() == 0);
  }
}

TEST_CASE("life settings are read from text and refused when wrong") {
  life_settings settings;
  REQUIRE(settings.set("ring_ms", "300-1000").empty());
  CHECK(settings.ring.low == milliseconds{300});
  CHECK(settings.ring.high == milliseconds{1000});
  CHECK(settings.set("busy", "0.25").empty());
  CHECK(settings.busy == 0.25);
  for (auto wrong : {"", "-1", "1000-300", "3s", "5-", "1e9"})
    CHECK(!settings.set("talk_ms", wrong).empty());
  for (auto wrong : {"", "-0.1", "many", "nan"})
    CHECK(!settings.set("busy", wrong).empty());
  CHECK(!settings.set("laziness", "1").empty());
}
