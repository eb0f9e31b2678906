// What a lead filter means in SQL; lists and selections share it, so that they mean the same.
#pragma once

#include "actors/records.hpp"

#include <optional>
#include <string>

namespace ringmaster::db {

/// A filter as LIKE patterns and values to bind.
struct lead_patterns {
  std::optional<std::string> text;   ///< for names and external ids
  std::optional<std::string> number; ///< for phone numbers; none: the search holds no digits
  std::optional<std::string> status;

  explicit lead_patterns(const lead_filter& filter);
};

/// The condition on the table alias `lead`, with the parameters $first, $first+1 and $first+2
/// (text, number, status).
std::string lead_condition(const std::string& lead, int first);

/// As kept in a run's selection_filter (JSON), and back.
std::string to_json(const lead_filter& filter);
lead_filter filter_from_json(const std::string& json);

/// For binding: a null pointer is NULL.
inline const char* or_null(const std::optional<std::string>& text) {
  return text ? text->c_str() : nullptr;
}

} // namespace ringmaster::db
