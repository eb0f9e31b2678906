// Counts how long things took, or how many they were, in fixed buckets. One relaxed addition for
// each observation and one for its sum: cheap enough for the way of every call.
#pragma once

#include "actors/clock.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace ringmaster {

/// `Bounds::values`: upper ends of the buckets, ascending; one more bucket holds what is beyond.
template <class Bounds>
class histogram {
public:
  static constexpr std::size_t buckets = Bounds::values.size() + 1;

  void observe(std::int64_t value) {
    value = std::max<std::int64_t>(value, 0);
    const auto end = std::lower_bound(Bounds::values.begin(), Bounds::values.end(), value);
    counts_[static_cast<std::size_t>(end - Bounds::values.begin())].fetch_add(
        1, std::memory_order_relaxed);
    sum_.fetch_add(static_cast<std::uint64_t>(value), std::memory_order_relaxed);
  }
  void observe(microseconds value) { observe(value.count()); }

  /// How many fell into that bucket alone.
  std::uint64_t in(std::size_t bucket) const { return counts_[bucket]; }
  std::uint64_t sum() const { return sum_; }
  std::uint64_t count() const {
    std::uint64_t all = 0;
    for (const auto& one : counts_)
      all += one;
    return all;
  }
  /// The bound below which that share (0..1) of all observations lies; the last bound for more.
  std::int64_t quantile(double share) const {
    const auto wanted = static_cast<double>(count()) * share;
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i + 1 < buckets; ++i) {
      seen += counts_[i];
      if (static_cast<double>(seen) >= wanted) return Bounds::values[i];
    }
    return Bounds::values.back();
  }

private:
  std::array<std::atomic<std::uint64_t>, buckets> counts_{};
  std::atomic<std::uint64_t> sum_{0};
};

/// Microseconds, from 100 µs to 60 s.
struct time_bounds {
  static constexpr std::array<std::int64_t, 16> values{
      100,     500,     1'000,   2'500,     5'000,     10'000,    25'000,     50'000,
      100'000, 250'000, 500'000, 1'000'000, 2'500'000, 5'000'000, 15'000'000, 60'000'000};
};
/// Things in one batch.
struct size_bounds {
  static constexpr std::array<std::int64_t, 9> values{1, 2, 5, 10, 20, 50, 100, 200, 500};
};
using time_histogram = histogram<time_bounds>;
using size_histogram = histogram<size_bounds>;

} // namespace ringmaster
