#include "config/chance.hpp"

#include <openssl/rand.h>

#include <array>
#include <random>
#include <stdexcept>
#include <utility>

namespace ringmaster::config {

dial_token random_token() {
  // What the generator takes is by the call: it is asked for many tokens together.
  thread_local std::array<std::uint64_t, 128> drawn{};
  thread_local std::size_t left = 0;
  if (left == 0) {
    if (RAND_bytes(reinterpret_cast<unsigned char*>(drawn.data()), sizeof drawn) != 1)
      throw std::runtime_error("the system gives no random numbers");
    left = drawn.size();
  }
  const auto high = std::exchange(drawn[--left], 0);
  const auto low = std::exchange(drawn[--left], 0);
  // Version 4 and the variant of RFC 4122.
  return {(high & ~std::uint64_t{0xf000}) | 0x4000, (low >> 2) | std::uint64_t{1} << 63};
}

std::uint64_t random_bits() {
  thread_local std::mt19937_64 engine{[] {
    std::random_device device;
    return (static_cast<std::uint64_t>(device()) << 32) | device();
  }()};
  return engine();
}

} // namespace ringmaster::config
