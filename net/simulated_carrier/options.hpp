// What a simulated carrier can be told before it starts.
#pragma once

#include "net/simulated_carrier/call_life.hpp"
#include "net/simulated_carrier/faults.hpp"

#include <string>

namespace ringmaster::net {

struct carrier_options {
  std::string account_sid = "AC51300000000000000000000000000001";
  std::string auth_token = "simulated-carrier-token"; ///< also signs the callbacks
  std::string api_key, api_secret;                    ///< a second way in; empty: none
  std::uint64_t seed = 1;
  sim::life_settings life;
  sim::fault_settings faults;
  std::string address = "127.0.0.1";    ///< loopback only
  double calls_per_second = 0;          ///< over it calls queue; 0: no limit
  std::int32_t account_concurrency = 0; ///< over it creates are refused with 10004; 0: no limit
  std::int32_t watched_limit = 3; ///< live calls per caller ID that the observer takes notes above
  std::size_t kept_calls = 200'000; ///< ended calls that GET and list still know
  bool test_credentials = false;    ///< refuses every From but +15005550006, as the carrier's do
  int threads = 1;                  ///< that serve HTTP
  milliseconds answer_delay{0};     ///< of every answer of the API
};

/// {"seed":7,"life":{"talk_ms":"0","busy":0.5},"faults":{"lost_completed":0.05}}: sets what it
/// names, and returns what is wrong with it, empty when nothing.
std::string apply_json(carrier_options& options, const std::string& json);
/// The objects "life" and "faults" of it alone.
std::string apply_life_json(sim::life_settings& life, const std::string& json);
std::string apply_faults_json(sim::fault_settings& faults, const std::string& json);

} // namespace ringmaster::net
