// The console's questions to the admin actor.
#pragma once

#include "actors/interfaces.hpp"
#include "net/console/desk.hpp"

#include <memory>

namespace ringmaster::net::console {

/// To be let go before the admin actor ends. `system` outlives it.
std::unique_ptr<actors_door> make_admin_door(caf::actor_system& system, admin_actor office,
                                             milliseconds patience);

} // namespace ringmaster::net::console
