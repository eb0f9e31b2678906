// How CAF is set up in a server.
#pragma once

#include "actors/interfaces.hpp"

namespace ringmaster::config {

struct actor_config : caf::actor_system_config {
  actor_config() {
    register_messages(*this);
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", std::size_t{2});
  }
};

} // namespace ringmaster::config
