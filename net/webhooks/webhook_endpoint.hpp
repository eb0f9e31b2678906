// Where the carrier reports to: checks that a callback is really the carrier's, hands it to the
// switchboard and acknowledges it once it is committed.
#pragma once

#include "actors/clock.hpp"
#include "actors/counters.hpp"
#include "actors/interfaces.hpp"
#include "net/http/message.hpp"

#include <memory>
#include <string>

namespace spdlog {
class logger;
}

namespace ringmaster::net {

/// Bytes of a callback's body; the server cuts larger ones off for these paths.
constexpr std::size_t webhook_body_limit = 64 * 1024;

struct webhook_config {
  std::string auth_token;          ///< signs the callbacks
  std::string previous_auth_token; ///< accepted too while it is being replaced; empty: none
  std::string account_sid;         ///< callbacks of another account are stale; empty: not compared
  std::string public_base_url;     ///< as public_base_url() gives it; what the carrier signs
  seconds patience{10};            ///< for the switchboard's answer; the carrier's own is 15 s
};

/// Answers POST on the paths of net/webhooks/urls.hpp, everything else with 404 or 405. Callbacks
/// with a bad signature get 403; those that name no live attempt are acknowledged and counted,
/// since an error would only bring them again. The system and the counters outlive the handler.
http_handler make_webhook_handler(webhook_config config, caf::actor_system& system,
                                  switchboard_actor switchboard,
                                  std::shared_ptr<spdlog::logger> log,
                                  std::shared_ptr<counters> count, time_source now);

} // namespace ringmaster::net
