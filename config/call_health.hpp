// What /readyz says about the calls and the carrier.
#pragma once

#include "actors/carrier.hpp"
#include "actors/counters.hpp"
#include "net/api/api_config.hpp"

#include <string>

namespace ringmaster::config {

/// Where the slots held and the carrier's live calls differ; empty: nowhere that we know of. No
/// reason to send requests elsewhere, but for somebody to look.
std::string calls_told(const counters& count);

/// Whether the carrier takes calls. One that rests after errors is no reason to send requests
/// elsewhere. `problem`: why there is none, or empty.
net::api::readiness_check carrier_told(const std::string& problem, const carrier_health& health,
                                       time_point now);

} // namespace ringmaster::config
