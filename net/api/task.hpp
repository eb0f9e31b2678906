// One request on its way through the lanes: answered once, whoever comes first.
#pragma once

#include "net/api/request.hpp"
#include "net/api/routes.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace ringmaster::net::api {

struct task {
  route_match match;
  http_request http;
  respond_fn respond;

  // What the steps after a question to the dialling find as the first one left it.
  caller who;
  time_point now;
  std::optional<std::string> body_to_keep;

  std::uint64_t watched = 0;      ///< its number with the watch over the database
  std::atomic<bool> begun{false}; ///< a thread has taken it up
  std::atomic<bool> answered{false};

  /// The answer of one whose database has not answered.
  failure given_up() const {
    const bool harmless = !begun || http.method == "GET" || http.method == "HEAD";
    if (harmless)
      return {failure_kind::unavailable, "database_unavailable",
              "the database does not answer; nothing was done, ask again in a moment", ""};
    return {failure_kind::unknown, "outcome_unknown",
            "the database does not answer; what was asked may still be carried out: look before "
            "asking again",
            ""};
  }
};

} // namespace ringmaster::net::api
