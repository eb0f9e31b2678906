// All calls of an account since some moment, whoever placed them: asked for after a backup was
// restored, by a program that has nothing else to do meanwhile.
#pragma once

#include "net/twilio/twilio_line.hpp"

#include <optional>
#include <vector>

namespace ringmaster::net {

/// Waits for the carrier. `since` nothing: all that it lists. Each call once. A list that could not
/// be read as far as that is a failure: a call must not seem absent.
result<std::vector<carrier_call>> calls_since(const twilio_config& config,
                                              std::optional<time_point> since);

} // namespace ringmaster::net
