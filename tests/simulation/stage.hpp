// What all parts of one history share: chance, time, the story, and the first violation found.
#pragma once

#include "tests/simulation/agenda.hpp"
#include "tests/simulation/dice.hpp"
#include "tests/simulation/faults.hpp"
#include "tests/simulation/trace.hpp"

#include <algorithm>
#include <string>

namespace ringmaster::simulation {

struct stage {
  dice draw;
  faults with; ///< all gone once `calm`
  agenda plan;
  trace story;
  bool calm = false;
  bool long_calls = false; ///< from now on, and answered
  /// For how long the carrier's refusals may hold leads back, also in the calm.
  microseconds longest_hold{0};
  std::string violation; ///< the first one; empty: none
  /// Until then the process may have lost what it had only in mind.
  microseconds disturbed_until{0};
  /// Of the machine's clock: clocks get set.
  microseconds clock_error{0};

  stage(std::uint64_t seed, first_ids before, bool print)
      : draw(seed), with(draw_faults(draw)), story(before, print) {}

  void say(const std::string& line) { story.say(plan.now(), line); }
  void may_hold(microseconds time) { longest_hold = std::max(longest_hold, time); }
  void disturb(microseconds until) { disturbed_until = std::max(disturbed_until, until); }
  /// The invariant does not hold. May be called from inside an actor, so it does not throw.
  void fail(const std::string& what) {
    say("VIOLATION: " + what);
    if (violation.empty()) violation = what;
  }
  /// Whether a fault of that likelihood strikes now.
  bool strikes(double likelihood) { return !calm && draw.chance(likelihood); }

  static time_point beginning() {
    return time_point{std::chrono::hours{24 * 20'513 + 12}}; // a day in 2026
  }
  /// What the clock on the wall shows.
  time_point wall_clock() const { return beginning() + plan.now() + clock_error; }
};

} // namespace ringmaster::simulation
