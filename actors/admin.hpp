// The admin actor: the console's one door to the actors. Thin: it answers of the roster and passes
// on what others decide.
#pragma once

#include "actors/services.hpp"

#include <memory>

namespace ringmaster {

struct admin_state {
  static inline const char* name = "admin";
};

admin_actor::behavior_type admin(admin_actor::stateful_pointer<admin_state> self,
                                 std::shared_ptr<const services> house, switchboard_actor board);

} // namespace ringmaster
