// Phone numbers as people write them -> E.164.
#pragma once

#include "actors/failure.hpp"
#include "actors/ids.hpp"

#include <string>
#include <string_view>

namespace ringmaster::net::api {

/// Reads a number with spaces, dashes, dots, brackets, digits of any script and marks of direction.
/// Without a country code it is taken as one of `region` (ISO 3166 alpha-2, "" for none).
/// `text` must be valid UTF-8. Fails with code "invalid_phone" and a sentence that says what is
/// wrong.
///
/// The bar is "possible" (length and country), not "valid": the plans of numbers change faster than
/// any library, and ranges kept for tests are never valid. Whether a number is in service only the
/// carrier knows, and it says so.
result<phone_number> normalise_phone(std::string_view text, const std::string& region);

/// Whether the region is one whose numbers can be read.
bool is_known_region(const std::string& region);

/// The region that a number in E.164 belongs to, "" when it has none of its own.
std::string region_of(const phone_number& phone);

} // namespace ringmaster::net::api
