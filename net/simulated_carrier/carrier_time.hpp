// Times as the carrier writes and reads them.
#pragma once

#include "actors/clock.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace ringmaster::net::sim {

/// RFC 2822 in UTC: "Mon, 05 Jan 2026 10:00:00 +0000".
std::string rfc2822(time_point at);

/// A span of time that a date filter names.
struct time_span {
  time_point begin, end; ///< end: not included
};
/// "2026-01-02" (that day) or "2026-01-02T03:04:05Z" (that second).
std::optional<time_span> parse_time_filter(std::string_view text);

} // namespace ringmaster::net::sim
