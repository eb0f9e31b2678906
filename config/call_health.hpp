// What /readyz says about the calls.
#pragma once

#include "actors/counters.hpp"

#include <string>

namespace ringmaster::config {

/// Where the slots held and the carrier's live calls differ; empty: nowhere that we know of. No
/// reason to send requests elsewhere, but for somebody to look.
std::string calls_told(const counters& count);

} // namespace ringmaster::config
