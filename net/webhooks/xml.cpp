#include "net/webhooks/xml.hpp"

#include "net/webhooks/utf8.hpp"

namespace ringmaster::net {
namespace {

bool is_xml_character(std::uint32_t code) {
  return code == '\t' || code == '\n' || code == '\r' || (code >= 0x20 && code <= 0xD7FF) ||
         (code >= 0xE000 && code <= 0xFFFD) || code >= 0x10000;
}

/// The entity of a special character; empty for all others.
std::string_view entity_of(std::uint32_t code) {
  switch (code) {
  case '&':
    return "&amp;";
  case '<':
    return "&lt;";
  case '>':
    return "&gt;";
  case '"':
    return "&quot;";
  case '\'':
    return "&#39;";
  default:
    return {};
  }
}

} // namespace

std::string xml_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto next = first_character(text);
    const auto entity = entity_of(next.code);
    if (!next.valid)
      out += "\xEF\xBF\xBD";
    else if (!entity.empty())
      out += entity;
    else if (is_xml_character(next.code))
      out += text.substr(0, next.bytes);
    text.remove_prefix(next.bytes);
  }
  return out;
}

} // namespace ringmaster::net
