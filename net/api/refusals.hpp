// What is refused whatever the route's handler would say.
#pragma once

#include "net/api/request.hpp"
#include "net/api/routes.hpp"

namespace ringmaster::net::api {

/// Whether the caller may use the route on the business of the path. Another's business looks
/// exactly like one that does not exist.
std::optional<failure> refuse_access(api_request& request, access needed);

/// What the route would pass over: a "?dry_run=true" or a body that nobody reads must not look as
/// if it had been obeyed.
std::optional<failure> refuse_unread(const route& which, const http_request& http);

bool is_encoded(const http_request& http);

} // namespace ringmaster::net::api
