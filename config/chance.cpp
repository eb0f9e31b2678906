#include "config/chance.hpp"

#include <openssl/rand.h>

#include <endian.h>

#include <array>
#include <cstring>
#include <random>
#include <stdexcept>

namespace ringmaster::config {

dial_token random_token() {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
    throw std::runtime_error("the system gives no random numbers");
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
  std::array<std::uint64_t, 2> halves{};
  std::memcpy(halves.data(), bytes.data(), bytes.size());
  return {be64toh(halves[0]), be64toh(halves[1])};
}

std::uint64_t random_bits() {
  thread_local std::mt19937_64 engine{[] {
    std::random_device device;
    return (static_cast<std::uint64_t>(device()) << 32) | device();
  }()};
  return engine();
}

} // namespace ringmaster::config
