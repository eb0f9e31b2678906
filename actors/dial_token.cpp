#include "actors/dial_token.hpp"

#include <array>

namespace ringmaster {

namespace {

constexpr std::size_t text_size = 36;

constexpr bool dash_at(std::size_t i) {
  return i == 8 || i == 13 || i == 18 || i == 23;
}

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return std::nullopt;
}

} // namespace

std::optional<dial_token> dial_token::from(std::string_view text) {
  if (text.size() != text_size) return std::nullopt;
  std::array<std::uint64_t, 2> halves{};
  std::size_t digits = 0;
  for (std::size_t i = 0; i < text_size; ++i) {
    if (dash_at(i)) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    const auto digit = hex_digit(text[i]);
    if (!digit) return std::nullopt;
    auto& half = halves[digits++ / 16];
    half = half << 4 | *digit;
  }
  const dial_token token{halves[0], halves[1]};
  return token ? std::optional{token} : std::nullopt;
}

std::string dial_token::text() const {
  if (!*this) return {};
  std::string text(text_size, '-');
  std::size_t digits = 0;
  for (std::size_t i = 0; i < text_size; ++i) {
    if (dash_at(i)) continue;
    const auto half = digits < 16 ? high_ : low_;
    text[i] = "0123456789abcdef"[half >> (60 - 4 * (digits % 16)) & 15];
    ++digits;
  }
  return text;
}

} // namespace ringmaster
