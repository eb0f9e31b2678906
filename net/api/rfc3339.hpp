// Times on the wire: RFC 3339, written in UTC with microseconds. Pure.
#pragma once

#include "actors/clock.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace ringmaster::net::api {

/// "2026-01-31T09:05:00.000000Z".
std::string format_time(time_point at);

/// Reads a full date-time with "Z" or an offset; finer than microseconds is cut. nothing when it is
/// not one, or lies outside the years 1900 to 9999.
std::optional<time_point> parse_time(std::string_view text);

} // namespace ringmaster::net::api
