// One call's whole way as a list of what happened, in the order of time. Pure.
#pragma once

#include "actors/records_story.hpp"
#include "net/api/responses.hpp"

namespace ringmaster::net::api {

/// Each event: {at, what, attempt, by, detail}. `what` is queued, run_started, slot_free, claimed,
/// named (the carrier's answer to the request), in_doubt, answered, ended, due, finished, or what
/// the audit calls it (run.pause).
json_out story_events(const call_story& story);

} // namespace ringmaster::net::api
