// The rules of an import that need no database: which rows of one import are the same lead.
#pragma once

#include "actors/records_import.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringmaster::db {

/// Texts, each with a number; small, as there may be a million.
class numbered_texts {
public:
  /// The number that the text came with the first time; nothing when that is now.
  std::optional<std::uint32_t> earlier(std::string_view text, std::uint32_t number);

private:
  struct entry {
    std::uint32_t begin = 0, number = 0;
  };
  std::string_view text_of(std::uint32_t place) const;
  std::size_t home_of(std::string_view text) const;
  void grow();

  std::string texts_;
  std::vector<entry> entries_;
  std::vector<std::uint32_t> slots_; ///< 0, or the place of an entry + 1
};

/// Of rows with the same external_id, or with the same number unless both have an external_id, only
/// the first goes in.
class lead_folder {
public:
  /// Why the row is left out; nothing when it goes in. To be asked row by row, in order.
  std::optional<row_error> refuse(const lead_row& row);

private:
  numbered_texts external_ids_; ///< with their rows
  numbered_texts phones_;       ///< with their rows * 2, + 1 when these have an external_id
};

} // namespace ringmaster::db
