// The console of a running server: what it may know and do of the node, and its socket.
#pragma once

#include "actors/counters.hpp"
#include "actors/interfaces.hpp"
#include "actors/records.hpp"
#include "config/gate.hpp"
#include "config/settings.hpp"
#include "net/api/api_config.hpp"
#include "net/api/api_front.hpp"

#include <functional>
#include <memory>

namespace spdlog {
class logger;
}

namespace ringmaster::config {

struct console_parts {
  const settings& all;
  std::shared_ptr<spdlog::logger> log;
  std::shared_ptr<counters> count;
  caf::actor_system& system;
  admin_actor office;
  net::api::trusted_fn api;
  records_factory make_records;
  std::function<std::vector<net::api::readiness_check>()> ready;
  std::function<hindrance()> no_change; ///< why nothing can be changed now
  /// Allows the PostgreSQL server that was met instead of the known one; or says why not.
  std::function<std::string(const std::string& by)> accept_database;
};

class console {
public:
  /// Serves at once. Where it can't listen, the log says why: a server without a console serves.
  explicit console(console_parts parts);
  ~console(); ///< ends its connections

private:
  struct served;
  std::unique_ptr<served> served_;
};

} // namespace ringmaster::config
