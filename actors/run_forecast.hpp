// When a run will end, learnt from its own calls. Pure.
#pragma once

#include "actors/clock.hpp"

#include <cstdint>
#include <optional>

namespace ringmaster {

/// The latest calls of a run, and who else wants the business's slots.
struct run_pace {
  std::int64_t calls = 0; ///< looked at, the latest ones that have ended
  double mean_s = 0;      ///< how long a call holds its slot
  double variance_s2 = 0;
  std::int32_t lanes = 1; ///< how many calls of this run can be live at once, its fair share
};

/// Nine times out of ten the end lies between `earliest` and `latest`, if nothing is paused.
struct run_forecast {
  time_point likely, earliest, latest;
  std::int64_t based_on = 0; ///< calls
};

/// Nothing before three calls have ended, and when nothing remains.
std::optional<run_forecast> forecast(std::int64_t remaining, const run_pace& pace, time_point now);

} // namespace ringmaster
