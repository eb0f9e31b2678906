#include "actors/admin.hpp"

#include "actors/broken.hpp"

namespace ringmaster {

admin_actor::behavior_type admin(admin_actor::stateful_pointer<admin_state> self,
                                 std::shared_ptr<const services> house, switchboard_actor board) {
  self->set_exception_handler(broken);
  return {
      [house](const actors_query& x) {
        return actors_answer{house->roster ? house->roster->views(x.kind)
                                           : std::vector<actor_view>{}};
      },
      [self, house](carrier_query x) { return self->delegate(house->carrier, x); },
      [self, house](const set_pace& x) { return self->delegate(house->carrier, x); },
      [self, board](const by_hand& x) { return self->delegate(board, x); },
  };
}

} // namespace ringmaster
