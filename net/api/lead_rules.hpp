// What the fields of a lead may hold, for JSON and CSV alike.
#pragma once

#include "actors/records.hpp"
#include "net/api/json_reader.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace ringmaster::net::api {

constexpr text_rule name_rule{100, 0, false};
constexpr text_rule external_id_rule{100, 0, false};
constexpr text_rule notes_rule{2000, 0, true};
/// Of `name`, which is split: as long as its two parts.
constexpr text_rule full_name_rule{200, 0, false};

constexpr std::size_t most_rows = 1'000'000;      ///< of one import
constexpr std::size_t most_listed_errors = 1'000; ///< all are counted

/// What an import has read: the good rows and what was wrong with the others.
struct lead_batch {
  std::vector<lead_row> rows;
  std::vector<row_error> errors; ///< the first `most_listed_errors`
  std::int64_t bad_rows = 0;     ///< all of them
  std::vector<std::string> ignored_columns;
  /// Of a CSV: each header and the field it was taken for, empty when ignored.
  std::vector<std::pair<std::string, std::string>> columns;

  void add_error(std::int64_t row, std::string field, std::string message);
};

/// The texts of one row as they came; absent: leave what is there.
struct raw_lead {
  std::string phone;
  std::optional<std::string> name, first_name, last_name, external_id, time_zone, notes;
};

/// Checks and normalises one row; adds it to the batch's rows or its errors. `region` is the
/// default for numbers without a country code.
void add_lead(lead_batch& batch, std::int64_t row, raw_lead raw, const std::string& region);

} // namespace ringmaster::net::api
