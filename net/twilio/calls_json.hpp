// What the carrier answers, read from JSON. Tolerant of what differs between compatible carriers
// (unknown fields, numbers as texts), strict about what a decision rests on. Pure.
#pragma once

#include "actors/carrier_line.hpp"

#include <string>
#include <string_view>

namespace ringmaster::net {

/// Whether a text may be a call's name: 1 to 128 letters, digits and "-_:.=".
bool is_call_sid(std::string_view text);

/// The name of a created call; none when the body has no usable one.
call_sid read_call_sid(std::string_view body);

struct carrier_error {
  std::int32_t code = 0; ///< 0: none was told
  std::string message;   ///< one line, at most 300 bytes, phone numbers masked
};
carrier_error read_error(std::string_view body);

/// nothing when the sid or the status is missing or unreadable.
std::optional<carrier_call> read_call(std::string_view body);

struct call_page {
  std::vector<carrier_call> calls;
  std::string next_page_uri; ///< empty: the last page
};
/// nothing when the list or any call in it is unreadable: a call that is there must not seem
/// absent.
std::optional<call_page> read_call_page(std::string_view body);

} // namespace ringmaster::net
