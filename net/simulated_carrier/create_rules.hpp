// The carrier's checks of what a client sends about a call, with the carrier's error codes. Pure.
#pragma once

#include "net/http/url.hpp"
#include "net/simulated_carrier/call.hpp"

#include <variant>

namespace ringmaster::net::sim {

struct api_error {
  int status = 400; ///< HTTP
  int code = 0;
  std::string message;
};

/// The form of a create request. Magic numbers are refused as the carrier's test credentials do.
std::variant<call_request, api_error> read_create(const field_list& form, bool test_credentials);

/// The form of an update.
struct call_update {
  enum class kind { nothing, cancel, complete, redirect } what = kind::nothing;
  webhook_target url;
  std::string twiml;
  std::optional<seconds> time_limit;
};
std::variant<call_update, api_error> read_update(const field_list& form);

} // namespace ringmaster::net::sim
