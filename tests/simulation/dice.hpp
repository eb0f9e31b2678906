// All chance of a history: one seed gives the same draws on every machine (splitmix64).
#pragma once

#include "actors/clock.hpp"

#include <cstdint>
#include <vector>

namespace ringmaster::simulation {

class dice {
public:
  explicit dice(std::uint64_t seed) : state_(seed) {}

  std::uint64_t bits() {
    auto z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  /// 0 … n-1; n at least 1.
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(bits() % n); }
  /// Both ends included.
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(bits() % static_cast<std::uint64_t>(high - low + 1));
  }
  bool chance(double p) {
    return static_cast<double>(bits() >> 11) < p * static_cast<double>(1ULL << 53);
  }
  microseconds time(microseconds low, microseconds high) {
    return microseconds{between(low.count(), high.count())};
  }
  template <class T>
  const T& one_of(const std::vector<T>& from) {
    return from[below(from.size())];
  }

private:
  std::uint64_t state_;
};

} // namespace ringmaster::simulation
