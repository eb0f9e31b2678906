// Idempotency-Key: the same POST sent twice is done once.
#pragma once

#include "net/api/request.hpp"

namespace ringmaster::net::api {

/// Answers a request through `handle`. With an Idempotency-Key, a POST that was answered before
/// gets its first answer again (with Idempotency-Replayed: true); another body under the same key,
/// or a first one whose outcome is not known, is refused (409). A refusal that did nothing is not
/// kept: the key may be used again.
answer answer_once(api_request& request, answer (*handle)(api_request&));

} // namespace ringmaster::net::api
