// /_sim/…: what an observer asks and what a test sets while the carrier runs. Knows no sockets.
#pragma once

#include "net/http/message.hpp"
#include "net/simulated_carrier/carrier_api.hpp"

namespace ringmaster::net::sim {

class control_api {
public:
  control_api(call_engine& engine, carrier_api& api) : engine_(engine), api_(api) {}

  http_response answer(const http_request& request);

private:
  http_response observer(std::string_view query) const;
  http_response one_call(std::string_view sid) const;
  http_response refusals() const;
  http_response faults() const;

  call_engine& engine_;
  carrier_api& api_;
};

} // namespace ringmaster::net::sim
