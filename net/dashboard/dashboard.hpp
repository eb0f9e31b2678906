// Serves the dashboard: the page at "/" and its files below "/dashboard/". Needs no key: the page
// knows nothing until the viewer gives it one.
#pragma once

#include "net/http/message.hpp"

#include <optional>

namespace ringmaster::net {

/// Nothing when the path is none of the dashboard's.
std::optional<http_response> serve_dashboard(const http_request& request);

} // namespace ringmaster::net
