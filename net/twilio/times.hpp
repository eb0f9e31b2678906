// Times as the carrier writes them. Pure.
#pragma once

#include "actors/clock.hpp"

#include <optional>
#include <string_view>

namespace ringmaster::net {

/// "Tue, 18 Aug 2026 16:25:34 +0000" (RFC 2822; the day's name may be missing, the zone may be
/// "GMT").
std::optional<time_point> parse_rfc2822(std::string_view text);

/// A Retry-After header: seconds, or a date that is set against `now`. At most an hour.
std::optional<seconds> parse_retry_after(std::string_view text, time_point now);

} // namespace ringmaster::net
