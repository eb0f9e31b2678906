// The one pending timer of an actor. A timer can't be cancelled and runs on the steady clock, while
// the moment it was set for is of the wall clock, which may be set back. So a tick is known by its
// number alone: the newest always counts, any other is a leftover. Pure.
#pragma once

#include "actors/maybe_time.hpp"

#include <optional>

namespace ringmaster {

class wake {
public:
  /// The number for a timer at `at`; none when one is pending that comes no later.
  std::optional<std::uint64_t> set(time_point at) {
    if (at_ && *at_ <= at) return std::nullopt;
    at_ = at;
    return ++newest_;
  }
  /// A timer of this number went off. False: it is a leftover. True: nothing is pending any more.
  bool rings(std::uint64_t number) {
    if (number != newest_) return false;
    at_.reset();
    return true;
  }

private:
  std::uint64_t newest_ = 0;
  maybe_time at_;
};

} // namespace ringmaster
