// A clock that never jumps: it goes with the steady clock and makes up for what the wall clock says
// otherwise by going a little faster or slower. Waiting times that prove something (a call that the
// carrier does not show, say) are as long as they claim, however the wall clock is set meanwhile.
// Pure; not thread-safe.
#pragma once

#include "actors/clock.hpp"

#include <algorithm>

namespace ringmaster {

class even_clock {
public:
  /// It begins with the wall clock's time. `steady` counts from anywhere.
  even_clock(time_point wall, microseconds steady) : base_(wall), since_(steady) {}

  time_point now(time_point wall, microseconds steady) {
    const auto passed = std::max(steady - since_, microseconds{0});
    const auto most = passed / one_part_in;
    const auto shown = base_ + passed + std::clamp(error_, -most, most);
    if (passed < seconds{1}) return shown;
    base_ = shown;
    since_ = steady;
    error_ = wall - shown;
    return shown;
  }

private:
  static constexpr int one_part_in = 20; ///< an hour's error is gone after twenty hours

  time_point base_;       ///< what it showed at `since_`
  microseconds since_;    ///< on the steady clock
  microseconds error_{0}; ///< of the wall clock against it, then
};

} // namespace ringmaster
