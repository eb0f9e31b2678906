// Leads from CSV as people export it: any order of columns, English or Hebrew headers, comma,
// semicolon or tab. UTF-8 only: another encoding is refused with the place, never guessed.
#pragma once

#include "net/api/lead_rules.hpp"

#include <string>
#include <string_view>

namespace ringmaster::net::api {

/// Good rows and errors row by row; fails as a whole when it can't be read as UTF-8 CSV with a
/// header row that has a phone column.
result<lead_batch> read_lead_csv(std::string_view text, const std::string& region);

/// Leads from a JSON array of objects with the same fields ("phone_e164" or "phone"). What is wrong
/// with the form fails as a whole, with the path; a bad number or time zone is told row by row.
result<lead_batch> read_lead_array(const nlohmann::json& array, const std::string& region);

} // namespace ringmaster::net::api
