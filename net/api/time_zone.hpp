// Names of time zones, checked against the system's own data.
#pragma once

#include <string>

namespace ringmaster::net::api {

/// Whether it is an IANA name such as "Asia/Jerusalem" or "UTC" (case matters). Reads one small
/// file for a name it has not seen before.
bool is_time_zone(const std::string& name);

} // namespace ringmaster::net::api
