// What the API is told at its start.
#pragma once

#include "actors/clock.hpp"
#include "actors/roster.hpp"
#include "net/api/database_watch.hpp"
#include "net/api/request_limits.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace ringmaster::net::api {

struct api_config {
  std::string admin_key; ///< empty: there is no admin key besides those in the database
  /// Empty, or the sentence why runs and direct calls can't be accepted now.
  std::string public_host_problem, carrier_problem;

  int quick_threads = 3;
  int bulk_threads = 2;            ///< imports, large runs, exports
  std::size_t quick_waiting = 256; ///< requests that may wait for a thread; beyond it: 503
  std::size_t bulk_waiting = 16;
  std::size_t bulk_bytes = 256 * 1024 * 1024; ///< of the bodies that wait, all together
  int most_exports = 8;                       ///< open at a time; of one business half of it
  milliseconds dialling_patience{20'000};     ///< how long the switchboard may take to answer
  int most_dialling = 64; ///< questions of one business to it that may be unanswered
  watch_settings watch;   ///< over a database that hangs
  std::shared_ptr<const actor_roster> roster; ///< for /metrics; none: nothing of actors
  limit_settings limits;                      ///< as it is here: none
  seconds key_memory{3};                      ///< a revoked key works no longer than that
};

/// One thing that must be well for the node to serve.
struct readiness_check {
  std::string name; ///< "ownership", "carrier"
  bool ok = false;
  std::string message;                     ///< empty when well
  std::optional<time_point> rests_until{}; ///< no call is asked for before
};
/// Answers at once, from any thread, until the API stops. The database is checked by the API
/// itself.
using readiness_probe = std::function<std::vector<readiness_check>()>;

} // namespace ringmaster::net::api
