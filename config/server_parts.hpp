// What a server is made of, for the files that begin and end it.
#pragma once

#include "actors/reconciler.hpp"
#include "actors/services.hpp"
#include "config/actor_config.hpp"
#include "config/actor_watch.hpp"
#include "config/console.hpp"
#include "config/entrance.hpp"
#include "config/gate.hpp"
#include "config/ownership_watch.hpp"
#include "config/server.hpp"
#include "db/store_actor.hpp"
#include "net/api/api_front.hpp"
#include "net/http/server.hpp"
#include "net/simulated_carrier/simulated_carrier.hpp"

#include <atomic>

namespace ringmaster::config {

struct server::parts {
  server_options options;
  std::shared_ptr<spdlog::logger> log;
  std::shared_ptr<counters> count = std::make_shared<counters>();
  std::shared_ptr<carrier_health> health = std::make_shared<carrier_health>();

  std::unique_ptr<net::simulated_carrier> simulated;
  std::shared_ptr<db::server_identity> server = std::make_shared<db::server_identity>();
  std::vector<std::shared_ptr<db::write_health>> stores_health;
  std::unique_ptr<ownership_watch> owner;
  std::unique_ptr<actor_watch> watched;
  std::atomic<bool> draining{false};
  std::string public_base, public_problem, carrier_problem;
  actor_config actor_settings;
  std::unique_ptr<caf::actor_system> actors;
  std::shared_ptr<services> house;
  switchboard_actor board;
  admin_actor office; ///< the console's door to the actors

  std::unique_ptr<gate> doors; ///< closed before serve() and after drain()
  std::unique_ptr<net::api::api_front> api;
  std::unique_ptr<entrance> way_in;
  std::unique_ptr<net::http_server> http;
  std::unique_ptr<console> people; ///< at the console

  hindrance no_writing() const;
  hindrance no_request() const;
  result<done> open_carrier();
  result<done> open_http();
  carrier_config carrier_parts(std::shared_ptr<carrier_line> line);
  reconciler_config reconciler_parts(std::shared_ptr<carrier_line> line);
  void spawn_actors(std::shared_ptr<carrier_line> line);
  void watch_actors();
  void open_doors();
  std::vector<net::api::readiness_check> readiness() const; ///< while it serves
  std::vector<net::api::readiness_check> unready() const;   ///< what can be said before, and after
  void finish_work();
  void end_actors();
};

} // namespace ringmaster::config
