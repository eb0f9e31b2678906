// A time or none, in the room of a time: std::optional takes twice as much, and a call has many.
#pragma once

#include "actors/clock.hpp"

namespace ringmaster {

class maybe_time {
public:
  maybe_time() = default;
  maybe_time(time_point at) : at_(at) {}

  explicit operator bool() const { return at_ != none; }
  const time_point& operator*() const { return at_; }
  time_point value_or(time_point other) const { return *this ? at_ : other; }
  void reset() { at_ = none; }

private:
  static constexpr time_point none = time_point::min();
  time_point at_ = none;
};

} // namespace ringmaster
