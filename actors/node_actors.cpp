#include "actors/node_actors.hpp"

#include "actors/admin.hpp"
#include "actors/counted_actor.hpp"
#include "actors/event_feed.hpp"
#include "actors/switchboard.hpp"

namespace ringmaster {

event_feed_actor spawn_event_feed(caf::actor_system& system, const roster_ptr& roster,
                                  std::shared_ptr<std::atomic<bool>> heard) {
  return spawn_counted<event_feed_actor, event_feed_state>(
      system, roster, {}, [heard](auto* self) { return event_feed(self, heard); });
}

carrier_actor spawn_carrier(caf::actor_system& system, const roster_ptr& roster,
                            carrier_config config) {
  return spawn_counted<carrier_actor, carrier_state>(
      system, roster, {}, [config](auto* self) { return carrier(self, config); });
}

reconciler_actor spawn_reconciler(caf::actor_system& system, const roster_ptr& roster,
                                  reconciler_config config) {
  return spawn_counted<reconciler_actor, reconciler_state>(
      system, roster, {}, [config](auto* self) { return reconciler(self, config); });
}

switchboard_actor spawn_switchboard(caf::actor_system& system,
                                    std::shared_ptr<const services> house) {
  return spawn_counted<switchboard_actor, switchboard_state>(
      system, house->roster, {}, [house](auto* self) { return switchboard(self, house); });
}

admin_actor spawn_admin(caf::actor_system& system, std::shared_ptr<const services> house,
                        switchboard_actor board) {
  return spawn_counted<admin_actor, admin_state>(
      system, house->roster, {}, [house, board](auto* self) { return admin(self, house, board); });
}

} // namespace ringmaster
