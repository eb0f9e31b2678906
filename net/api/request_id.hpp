// The name under which one request is found again, in its answer, the log and its client's own log.
#pragma once

#include "net/http/message.hpp"

#include <string>

namespace ringmaster::net::api {

/// X-Request-Id if there is one that is well-formed (1 to 64 of A-Z a-z 0-9 . _ -), else a new one.
std::string request_id_of(const http_request& http);

} // namespace ringmaster::net::api
