// The one timer of an actor: delayed messages can't be taken back, so it is remembered which of
// them count. Pure.
#pragma once

#include "actors/clock.hpp"

#include <algorithm>
#include <optional>

namespace ringmaster {

class wake_up {
public:
  /// Something is to be done at that time. Answers how long a tick for it must take; nothing when
  /// one is on its way that comes early enough.
  std::optional<microseconds> wish(time_point at, time_point now) {
    if (at_ && *at_ <= at) return std::nullopt;
    at_ = at;
    ++on_their_way_;
    return std::max(at - now, microseconds{0});
  }

  struct tick {
    bool due = false;                  ///< the time has come; it is wished for no more
    std::optional<microseconds> again; ///< it hasn't, and this was the last tick: another one
  };
  /// A tick has come: the right one, one of an earlier wish, or one that the clock, having been
  /// slowed or set back meanwhile, makes too early.
  tick came(time_point now) {
    --on_their_way_;
    if (at_ && *at_ <= now) {
      at_.reset();
      return {true, std::nullopt};
    }
    if (!at_ || on_their_way_ > 0) return {};
    ++on_their_way_;
    return {false, *at_ - now};
  }

private:
  std::optional<time_point> at_;
  int on_their_way_ = 0;
};

} // namespace ringmaster
