#include "net/webhooks/utf8.hpp"

namespace ringmaster::net {
namespace {

constexpr utf8_character broken = {0xFFFD, 1, false};

/// How many bytes a character takes that begins with `lead`; 0: none begins so.
std::size_t length_of(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

bool is_allowed(std::uint32_t code, std::size_t bytes) {
  if (bytes == 3) return code >= 0x800 && (code < 0xD800 || code > 0xDFFF);
  if (bytes == 4) return code >= 0x10000 && code <= 0x10FFFF;
  return true;
}

} // namespace

utf8_character first_character(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const auto bytes = length_of(lead);
  if (bytes == 0 || bytes > text.size()) return broken;
  if (bytes == 1) return {lead, 1, true};
  std::uint32_t code = lead & (0x7F >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0) != 0x80) return broken;
    code = code << 6 | (next & 0x3F);
  }
  if (!is_allowed(code, bytes)) return broken;
  return {code, bytes, true};
}

std::size_t character_count(std::string_view text) {
  std::size_t count = 0;
  for (; !text.empty(); ++count)
    text.remove_prefix(first_character(text).bytes);
  return count;
}

std::string_view first_characters(std::string_view text, std::size_t most) {
  auto rest = text;
  for (std::size_t i = 0; i < most && !rest.empty(); ++i)
    rest.remove_prefix(first_character(rest).bytes);
  return text.substr(0, text.size() - rest.size());
}

} // namespace ringmaster::net
