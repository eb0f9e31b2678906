// Server-sent events as text. Each is made once, whoever listens.
#pragma once

#include "actors/business_messages.hpp"
#include "net/api/responses.hpp"

#include <string>

namespace ringmaster::net::api {

/// "event: …\nid: …\ndata: …\n\n"; without an id when it is empty.
std::string sse(const std::string& event, const json_out& data, const std::string& id = {});

/// One change of a call: a `slot` and a `job` event, the latter with the id.
std::string call_texts(const event& happened, const std::string& id);

} // namespace ringmaster::net::api
