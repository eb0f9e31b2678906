// What follows from the settings: of the carrier's account, and of the API's limits.
#pragma once

#include "actors/carrier_line.hpp"
#include "config/settings.hpp"
#include "net/api/request_limits.hpp"
#include "net/twilio/twilio_line.hpp"

#include <memory>
#include <string>

namespace ringmaster::config {

/// The pace of its create requests: as set, else what a new account may (no limit on loopback).
pace pace_of(const carrier_account& account);

net::twilio_config line_config(const carrier_account& account);

/// The line to the carrier, which calls back at `public_base`.
result<std::shared_ptr<carrier_line>>
make_line(const carrier_account& account, const std::string& public_base, const time_source& now);

net::api::limit_settings limits_of(const limit_settings& limits);

} // namespace ringmaster::config
