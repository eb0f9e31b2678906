#include "net/api/text.hpp"

#include "net/webhooks/utf8.hpp"

namespace ringmaster::net::api {
namespace {

bool is_space(char32_t c) {
  return c == ' ' || (c >= '\t' && c <= '\r') || c == 0xA0 || (c >= 0x2000 && c <= 0x200A) ||
         c == 0x202F || c == 0x3000;
}

} // namespace

std::size_t first_invalid_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    if (static_cast<unsigned char>(text[at]) < 0x80) {
      ++at;
      continue;
    }
    const auto c = first_character(text.substr(at));
    if (!c.valid) return at;
    at += c.bytes;
  }
  return std::string_view::npos;
}

char32_t next_character(std::string_view text, std::size_t& at) {
  const auto c = first_character(text.substr(at));
  at += c.bytes;
  return c.code;
}

bool has_control_characters(std::string_view text, bool lines_allowed) {
  for (const char c : text) {
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    const bool line = c == '\n' || c == '\r' || c == '\t';
    if (control && !(line && lines_allowed)) return true;
  }
  return false;
}

bool is_invisible_mark(char32_t c) {
  return c == 0xFEFF || (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2060 && c <= 0x2069) || c == 0xAD;
}

std::string trimmed(std::string_view text) {
  std::size_t begin = 0, end = 0;
  bool inside = false;
  for (std::size_t at = 0; at < text.size();) {
    const auto here = at;
    const auto c = next_character(text, at);
    if (is_space(c) || is_invisible_mark(c)) continue;
    if (!inside) begin = here;
    inside = true;
    end = at;
  }
  return inside ? std::string(text.substr(begin, end - begin)) : std::string();
}

std::string ascii_lower(std::string_view text) {
  std::string lower(text);
  for (auto& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

} // namespace ringmaster::net::api
