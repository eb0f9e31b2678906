// The carrier's REST API: requests in, responses out, on top of the call engine. Knows no sockets;
// the caller sees to it that one request is answered at a time.
#pragma once

#include "net/http/message.hpp"
#include "net/simulated_carrier/call_engine.hpp"
#include "net/simulated_carrier/create_rules.hpp"
#include "net/simulated_carrier/options.hpp"

#include <deque>

namespace ringmaster::net::sim {

struct api_answer {
  http_response response;
  milliseconds delay{0}; ///< to be sent that much later
};

class carrier_api {
public:
  carrier_api(const carrier_options& options, call_engine& engine);

  api_answer answer(const http_request& request, time_point now);
  /// Forgets running bursts, refusals and the counts of create requests.
  void reset();
  /// When a create request was last not answered with its call; the newest 10,000, oldest first.
  const std::deque<time_point>& refusals() const { return refusals_; }

private:
  http_response route(const http_request& request, std::string_view path, api_answer& out,
                      time_point now);
  bool authorized(const http_request& request) const;
  std::optional<http_response> burst(const http_request& request);
  http_response create(const http_request& request, api_answer& out, time_point now);
  std::optional<http_response> refused(const chance& draws);
  http_response broken(const chance& draws, const call& c, api_answer& out) const;
  http_response update(const http_request& request, const std::string& sid, time_point now);
  http_response change(const call_update& wanted, const std::string& sid, time_point now);
  http_response fetch(const std::string& sid, time_point now);
  http_response list(const http_request& request, time_point now) const;
  http_response call_response(int status, const call& c, time_point now) const;
  bool is_stale(const call& c, time_point now) const;

  const carrier_options& options_;
  call_engine& engine_;
  const std::string account_path_;
  std::vector<std::string> logins_; ///< Authorization headers that fit
  std::uint64_t requests_ = 0;
  std::unordered_map<std::uint64_t, std::uint32_t> create_requests_; ///< by caller ID and number
  std::int64_t left_of_429_ = 0, left_of_401_ = 0;
  bool says_retry_after_ = false;
  std::deque<time_point> refusals_;
};

http_response error_response(const api_error& e);

} // namespace ringmaster::net::sim
