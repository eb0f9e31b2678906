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
  std::string request_id;
  respond_fn respond;

  // What the steps after a question to the dialling find as the first one left it.
  caller who;
  time_point now;
  std::optional<std::string> body_to_keep;

  std::uint64_t watched = 0;      ///< its number with the watch over the database
  std::atomic<bool> taken{false}; ///< taken up by a thread, or given up before
  std::atomic<bool> answered{false};
};

} // namespace ringmaster::net::api
