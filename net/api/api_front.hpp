// The API behind the HTTP server: takes a request to its route, its lane and its handler, and
// decides who may ask. Decides nothing about calls.
#pragma once

#include "actors/clock.hpp"
#include "actors/counters.hpp"
#include "actors/interfaces.hpp"
#include "actors/records.hpp"
#include "net/api/api_config.hpp"
#include "net/http/message.hpp"

#include <functional>
#include <memory>
#include <string>

namespace spdlog {
class logger;
}

namespace ringmaster::net::api {

/// Serves a request with an admin's rights for somebody who is known otherwise than by a key.
using trusted_fn = std::function<void(http_request, std::string by, respond_fn)>;

class api_front {
public:
  /// Starts the threads. `make_records` is called once by each of them. `count` must outlive this.
  /// `feed` may be none: nothing is heard of then, events are read anew only.
  api_front(api_config config, caf::actor_system& system, switchboard_actor switchboard,
            event_feed_actor feed, records_factory make_records,
            std::shared_ptr<spdlog::logger> log, counters* count, time_source now,
            readiness_probe ready);
  ~api_front(); ///< stops
  api_front(const api_front&) = delete;
  api_front& operator=(const api_front&) = delete;

  /// Serves all but /webhook/…; may be called by a server that outlives this (answers 503 then).
  http_handler handler();

  /// The same for the console.
  trusted_fn trusted();

  /// Whether a large body may come: the key is checked before it is read.
  admission_fn admission();

  /// Ends the streams of events, so that their connections don't hold up the server's end.
  void end_streams();

  /// Finishes what runs, refuses the rest with 503, lets go of the switchboard. To be called before
  /// the actor system ends. May be called twice.
  void stop();

private:
  class front;
  std::shared_ptr<front> front_;
};

} // namespace ringmaster::net::api
