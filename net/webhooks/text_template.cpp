#include "net/webhooks/text_template.hpp"

#include "net/webhooks/utf8.hpp"

#include <array>
#include <optional>
#include <utility>

namespace ringmaster::net {
namespace {

std::string full_name(const lead_fields& lead) {
  if (lead.first_name.empty() || lead.last_name.empty()) return lead.first_name + lead.last_name;
  return lead.first_name + " " + lead.last_name;
}

struct placeholder {
  std::string_view name;
  std::string (*value)(const lead_fields&);
};

const std::array<placeholder, 6> placeholders = {{
    {"first_name", [](const lead_fields& lead) { return lead.first_name; }},
    {"last_name", [](const lead_fields& lead) { return lead.last_name; }},
    {"name", full_name},
    {"phone", [](const lead_fields& lead) { return lead.phone; }},
    {"external_id", [](const lead_fields& lead) { return lead.external_id; }},
    {"notes", [](const lead_fields& lead) { return lead.notes; }},
}};

const placeholder* find_placeholder(std::string_view name) {
  for (const auto& each : placeholders)
    if (each.name == name) return &each;
  return nullptr;
}

/// One step through a template: plain text up to a brace, an escaped brace, or a placeholder.
struct piece {
  std::size_t bytes = 0; ///< of the template
  std::string_view plain;
  std::optional<std::string_view> name; ///< of a placeholder, known or not
  bool open = false;                    ///< a brace that is never closed
};

piece first_piece(std::string_view text) {
  const auto brace = text.find('{');
  if (brace != 0) {
    const auto plain = text.substr(0, brace);
    return {plain.size(), plain, std::nullopt, false};
  }
  if (text.substr(1, 1) == "{") return {2, "{", std::nullopt, false};
  const auto close = text.find('}');
  if (close == std::string_view::npos) return {1, "{", std::nullopt, true};
  return {close + 1, text.substr(0, close + 1), text.substr(1, close - 1), false};
}

} // namespace

std::string problem_of_template(std::string_view text) {
  std::size_t count = 0;
  while (!text.empty()) {
    const auto next = first_piece(text);
    text.remove_prefix(next.bytes);
    if (next.open) return "has a \"{\" without its \"}\" (write \"{{\" for a brace)";
    if (!next.name) continue;
    if (!find_placeholder(*next.name))
      return "has the unknown placeholder {" + std::string(first_characters(*next.name, 40)) +
             "}; known are {first_name} {last_name} {name} {phone} {external_id} {notes} (write "
             "\"{{\" for a brace)";
    if (++count > most_placeholders)
      return "has more than " + std::to_string(most_placeholders) + " placeholders";
  }
  return {};
}

std::string fill_template(std::string_view text, const lead_fields& lead) {
  std::string filled;
  while (!text.empty()) {
    const auto next = first_piece(text);
    text.remove_prefix(next.bytes);
    const auto* known = next.name ? find_placeholder(*next.name) : nullptr;
    if (known)
      filled += first_characters(known->value(lead), longest_filled_value);
    else
      filled += next.plain;
  }
  return filled;
}

} // namespace ringmaster::net
