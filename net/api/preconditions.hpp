// What must be in order before anything is accepted that leads to a call.
#pragma once

#include "net/api/request.hpp"

#include <optional>

namespace ringmaster::net::api {

/// The sentence that says what to set, with code "public_host_missing" or "carrier_not_configured".
inline std::optional<failure> dialling_refusal(const api_config& config) {
  if (!config.public_host_problem.empty())
    return failure{failure_kind::conflict, "public_host_missing", config.public_host_problem, ""};
  if (!config.carrier_problem.empty())
    return failure{failure_kind::conflict, "carrier_not_configured", config.carrier_problem, ""};
  return std::nullopt;
}

/// What a write that the dialling answered with stands for; stale is the asker's matter.
inline std::optional<failure> write_refusal(write_result result) {
  switch (result) {
  case write_result::applied:
  case write_result::stale:
    return std::nullopt;
  case write_result::unknown:
    return failure{failure_kind::unknown, "outcome_unknown",
                   "the connection to the database broke while committing: look whether it was "
                   "done before asking again",
                   ""};
  case write_result::fenced:
  case write_result::unavailable:
  case write_result::refused:
    break;
  }
  return failure{failure_kind::unavailable, "dialling_unavailable",
                 "the dialling can't serve now; nothing was done, ask again in a moment", ""};
}

} // namespace ringmaster::net::api
