// Durations in logarithmic buckets: percentiles within an eighth of their value, in fixed memory.
#pragma once

#include <array>
#include <cstdint>

namespace ringmaster::net::sim {

class histogram {
public:
  /// Negative values count as 0.
  void add(std::int64_t microseconds);
  std::uint64_t count() const { return count_; }
  std::int64_t highest() const { return highest_; }
  /// The value below which the fraction `q` of all lies (an upper edge); 0 when empty.
  std::int64_t percentile(double q) const;

private:
  static std::size_t bucket_of(std::uint64_t value);
  static std::uint64_t upper_edge(std::size_t bucket);

  // 40 powers of two in 8 steps each: up to 50 days.
  std::array<std::uint32_t, 40 * 8> buckets_{};
  std::uint64_t count_ = 0;
  std::int64_t highest_ = 0;
};

} // namespace ringmaster::net::sim
