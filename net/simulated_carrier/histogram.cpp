#include "net/simulated_carrier/histogram.hpp"

#include <algorithm>
#include <cmath>

namespace ringmaster::net::sim {

std::size_t histogram::bucket_of(std::uint64_t value) {
  if (value < 8) return static_cast<std::size_t>(value);
  unsigned power = 63 - static_cast<unsigned>(__builtin_clzll(value));
  return (power - 2) * 8 + ((value >> (power - 3)) & 7);
}

std::uint64_t histogram::upper_edge(std::size_t bucket) {
  if (bucket < 8) return bucket;
  unsigned power = static_cast<unsigned>(bucket / 8) + 2;
  return ((bucket % 8 + 9) << (power - 3)) - 1;
}

void histogram::add(std::int64_t microseconds) {
  auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(microseconds, 0));
  ++buckets_[std::min(bucket_of(value), buckets_.size() - 1)];
  ++count_;
  highest_ = std::max(highest_, static_cast<std::int64_t>(value));
}

std::int64_t histogram::percentile(double q) const {
  if (count_ == 0) return 0;
  auto rank = static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(count_)));
  rank = std::clamp<std::uint64_t>(rank, 1, count_);
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen >= rank) return std::min(static_cast<std::int64_t>(upper_edge(i)), highest_);
  }
  return highest_;
}

} // namespace ringmaster::net::sim
