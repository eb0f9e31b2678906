// Leads from CSV as people export it: any order of columns, English or Hebrew headers, comma,
// semicolon or tab. UTF-8 only: another encoding is refused with the place, never guessed.
#pragma once

#include "net/api/lead_rules.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace ringmaster::net::api {

/// The rows of a request's body, batch by batch, and what it tells besides.
class lead_reader : public lead_source {
public:
  /// Errors and columns; whole when the last row was given. Its own rows are none of its business.
  virtual const lead_batch& told() const = 0;
};

/// Refuses what can't be read as UTF-8; what else is wrong with the whole (no header row with a
/// phone column, a quote that is never closed) fails the reading. `text` must outlive the reader.
result<std::unique_ptr<lead_reader>> open_lead_csv(std::string_view text,
                                                   const std::string& region);

/// All of it at once.
result<lead_batch> read_lead_csv(std::string_view text, const std::string& region);

/// Leads from a JSON array of objects with the same fields ("phone_e164" or "phone"). What is wrong
/// with the form fails as a whole, with the path; a bad number or time zone is told row by row.
result<lead_batch> read_lead_array(const nlohmann::json& array, const std::string& region);
std::unique_ptr<lead_reader> reader_of(lead_batch batch);

} // namespace ringmaster::net::api
