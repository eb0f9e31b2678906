// What a verified callback says, read from its form. Tolerant: a field that is missing or
// unreadable is left at its default, unless nothing can be done without it. Pure.
#pragma once

#include "actors/carrier_messages.hpp"
#include "net/http/url.hpp"

#include <optional>

namespace ringmaster::net {

/// Call progress; nothing when the call or its status can't be told. A result of machine detection
/// that comes by itself counts as in progress.
std::optional<call_event> read_call_event(const field_list& form, const attempt_ref& attempt,
                                          time_point received_at);

/// The question of an answered call; nothing when the call can't be told.
std::optional<script_query> read_script_query(const field_list& form, const attempt_ref& attempt,
                                              time_point received_at);

} // namespace ringmaster::net
