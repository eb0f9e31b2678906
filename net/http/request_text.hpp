// The bytes of a request that a client sends. Pure.
#pragma once

#include "net/http/client.hpp"

#include <string>

namespace ringmaster::net {

/// Why the request can't be sent as it is: a method, target or header that would say something
/// else on the wire, or a header that is ours to write. Empty: it can.
std::string why_not_sendable(const client_request& request);
/// The whole request; `host` is the Host header's value.
std::string request_text(const client_request& request, const std::string& host);

} // namespace ringmaster::net
