// Seeded draws. A draw depends on its key and its name alone, never on what was drawn before, so
// that one more draw somewhere changes no call's fate.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ringmaster::net::sim {

/// Mixes two words into one (SplitMix64's finaliser).
std::uint64_t mix(std::uint64_t a, std::uint64_t b);
std::uint64_t hash_text(std::string_view text);

/// The lowest hexadecimal digits of `bits`.
void append_hex(std::string& out, std::uint64_t bits, int digits);

class chance {
public:
  explicit chance(std::uint64_t key = 0) : key_(key) {}
  /// The draws of the n-th call (or create request) from `from` to `to`.
  chance(std::uint64_t seed, std::string_view from, std::string_view to, std::uint64_t n);

  std::uint64_t bits(std::uint64_t name) const { return mix(key_, name); }
  /// In [0, 1).
  double unit(std::uint64_t name) const;
  /// In [low, high].
  std::int64_t between(std::uint64_t name, std::int64_t low, std::int64_t high) const;
  /// True with probability `p`; never at 0, always at 1.
  bool happens(std::uint64_t name, double p) const { return unit(name) < p; }

private:
  std::uint64_t key_;
};

} // namespace ringmaster::net::sim
