// Starts the actors of which a node has one each, so that they stand in its roster.
#pragma once

#include "actors/carrier.hpp"
#include "actors/reconciler.hpp"
#include "actors/services.hpp"

#include <atomic>
#include <memory>

namespace ringmaster {

using roster_ptr = std::shared_ptr<actor_roster>;

event_feed_actor spawn_event_feed(caf::actor_system& system, const roster_ptr& roster,
                                  std::shared_ptr<std::atomic<bool>> heard);
carrier_actor spawn_carrier(caf::actor_system& system, const roster_ptr& roster,
                            carrier_config config);
reconciler_actor spawn_reconciler(caf::actor_system& system, const roster_ptr& roster,
                                  reconciler_config config);
switchboard_actor spawn_switchboard(caf::actor_system& system,
                                    std::shared_ptr<const services> house);
admin_actor spawn_admin(caf::actor_system& system, std::shared_ptr<const services> house,
                        switchboard_actor board);

} // namespace ringmaster
