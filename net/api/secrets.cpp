#include "net/api/secrets.hpp"

#include <openssl/rand.h>
#include <openssl/sha.h>

#include <array>

namespace ringmaster::net::api {
namespace {

std::string base64url(const std::array<unsigned char, 32>& bytes) {
  static constexpr char letters[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string text;
  unsigned pending = 0;
  int bits = 0;
  for (const auto byte : bytes) {
    pending = (pending << 8) | byte;
    for (bits += 8; bits >= 6; bits -= 6)
      text += letters[(pending >> (bits - 6)) & 63];
  }
  if (bits > 0) text += letters[(pending << (6 - bits)) & 63];
  return text;
}

} // namespace

std::string sha256(std::string_view text) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

std::string to_hex(std::string_view bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes) {
    text += digits[static_cast<unsigned char>(byte) >> 4];
    text += digits[static_cast<unsigned char>(byte) & 15];
  }
  return text;
}

result<std::string> new_api_key() {
  std::array<unsigned char, 32> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
    return failure{failure_kind::unavailable, "no_randomness",
                   "no key could be made: the system's random source does not answer", ""};
  return "rmk_" + base64url(bytes);
}

} // namespace ringmaster::net::api
