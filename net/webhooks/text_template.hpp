// Texts with placeholders for a lead: "Hello {first_name}". "{{" stands for a brace. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ringmaster::net {

/// What a script may speak of.
struct lead_fields {
  std::string first_name, last_name, phone, external_id, notes;
};

constexpr std::size_t most_placeholders = 16;     ///< in one text
constexpr std::size_t longest_filled_value = 400; ///< characters; the rest of a value is cut

/// What is wrong with a template, as the end of a sentence; empty when nothing is.
std::string problem_of_template(std::string_view text);

/// The text with all placeholders filled: {first_name} {last_name} {name} {phone} {external_id}
/// {notes}. What problem_of_template refuses is left as it stands.
std::string fill_template(std::string_view text, const lead_fields& lead);

} // namespace ringmaster::net
