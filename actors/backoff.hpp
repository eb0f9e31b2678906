// Waiting longer after each failure in a row, with jitter so that many don't come back at once.
// Pure.
#pragma once

#include "actors/clock.hpp"

#include <algorithm>

namespace ringmaster {

class backoff {
public:
  /// No longer than a day.
  backoff(milliseconds first, milliseconds longest)
      : first_(short_of(first)), longest_(short_of(longest)) {}

  /// One more failure: how long to wait now. Between half and the whole of first * 2^failures.
  milliseconds next(std::uint64_t random) {
    auto whole = std::min<std::int64_t>(longest_, std::int64_t{first_} << std::min(failures_, 20));
    ++failures_;
    auto half = whole / 2;
    return milliseconds{
        half + static_cast<std::int64_t>(random % static_cast<std::uint64_t>(whole - half + 1))};
  }
  void reset() { failures_ = 0; }
  int failures() const { return failures_; }

private:
  static std::int32_t short_of(milliseconds pause) {
    return static_cast<std::int32_t>(std::min<std::int64_t>(pause.count(), 86'400'000));
  }

  std::int32_t first_, longest_; ///< in milliseconds: there are thousands of these
  std::int32_t failures_ = 0;
};

} // namespace ringmaster
