#include "net/simulated_carrier/chance.hpp"

namespace ringmaster::net::sim {

std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  std::uint64_t z = a + 0x9e3779b97f4a7c15ULL * (b + 1);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

std::uint64_t hash_text(std::string_view text) {
  std::uint64_t h = 0xcbf29ce484222325ULL; // FNV-1a
  for (unsigned char c : text)
    h = (h ^ c) * 0x100000001b3ULL;
  return mix(h, text.size());
}

void append_hex(std::string& out, std::uint64_t bits, int digits) {
  while (digits-- > 0)
    out += "0123456789abcdef"[bits >> 4 * digits & 15];
}

chance::chance(std::uint64_t seed, std::string_view from, std::string_view to, std::uint64_t n)
    : key_(mix(mix(mix(seed, hash_text(from)), hash_text(to)), n)) {}

double chance::unit(std::uint64_t name) const {
  return static_cast<double>(bits(name) >> 11) * 0x1.0p-53;
}

std::int64_t chance::between(std::uint64_t name, std::int64_t low, std::int64_t high) const {
  if (high <= low) return low;
  return low + static_cast<std::int64_t>(unit(name) * static_cast<double>(high - low + 1));
}

} // namespace ringmaster::net::sim
