#include "actors/message_types.hpp"

#define RINGMASTER_HERE(type) RINGMASTER_ENVELOPES(template class, type)
RINGMASTER_MESSAGES(RINGMASTER_HERE)

namespace ringmaster {

void register_messages(caf::actor_system_config& config) {
  config.add_message_types<caf::id_block::ringmaster>();
}

} // namespace ringmaster
