// The history of calls as CSV, made page by page while it is sent.
#pragma once

#include "net/api/request.hpp"

#include <string>

namespace ringmaster::net::api {

/// Reads the first page at once, so that what is wrong is told with its status; the others when the
/// client has taken the one before. Should a later page fail, the connection ends without its last
/// chunk. How many are open at a time: export_places.hpp.
answer export_calls(api_request& request, const call_filter& filter, const std::string& cursor);

} // namespace ringmaster::net::api
