// An import of leads: its rows, where they come from, and what became of them.
#pragma once

#include "actors/failure.hpp"
#include "actors/ids.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ringmaster {

/// One good row of an import. The number is normalised; `row` is 1-based, of the data rows.
struct lead_row {
  std::int64_t row = 0;
  phone_number phone;
  // Not set: leave what is there.
  std::optional<std::string> first_name, last_name, external_id, time_zone, notes;
};

struct row_error {
  std::int64_t row = 0;
  std::string field, message;
};

struct import_summary {
  static constexpr std::size_t most_errors = 1'000, most_ids = 100'000;

  std::int64_t imported = 0, updated = 0, skipped = 0;
  std::vector<row_error> errors; ///< one for each skipped row, in order (the first 1,000)
  std::vector<lead_id> lead_ids; ///< of the rows that went in, in order (at most 100,000)
};

/// Gives an import its rows, so that a million of them need not be held at once.
class lead_source {
public:
  virtual ~lead_source() = default;
  /// The next rows, in order; none at the end. A failure takes the whole import back.
  virtual result<std::vector<lead_row>> next() = 0;
  /// Begins with the first row again, as when a transaction is tried once more.
  virtual void rewind() = 0;
};

/// Rows that are all there already.
class listed_leads final : public lead_source {
public:
  /// `rows` must outlive this.
  explicit listed_leads(const std::vector<lead_row>& rows) : rows_(rows) {}

  result<std::vector<lead_row>> next() override {
    const auto begin = rows_.begin() + static_cast<std::ptrdiff_t>(given_);
    given_ = std::min(given_ + at_once, rows_.size());
    return std::vector<lead_row>(begin, rows_.begin() + static_cast<std::ptrdiff_t>(given_));
  }
  void rewind() override { given_ = 0; }

private:
  static constexpr std::size_t at_once = 5'000;
  const std::vector<lead_row>& rows_;
  std::size_t given_ = 0;
};

} // namespace ringmaster
