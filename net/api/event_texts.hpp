// Server-sent events as text. Each is made once, whoever listens.
#pragma once

#include "net/api/event_room.hpp"
#include "net/api/responses.hpp"

#include <string>

namespace ringmaster::net::api {

/// "event: …\nid: …\ndata: …\n\n"; without an id when it is empty.
std::string sse(const std::string& event, const json_out& data, const std::string& id = {});

/// One change of a call: a `job` event with the id, and before it a `slot` event, the same as
/// view(slot_view), unless a later change tells of that slot.
std::string call_texts(const call_change& changed, const std::string& id);

} // namespace ringmaster::net::api
