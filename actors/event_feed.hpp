// The event feed: passes what happened to whoever listens. It keeps nothing, and says in one flag
// whether anybody listens, so that without a listener nothing is sent to it.
#pragma once

#include "actors/interfaces.hpp"

#include <atomic>
#include <memory>
#include <unordered_map>

namespace ringmaster {

struct event_feed_state {
  static inline const char* name = "event_feed";

  event_feed_state(event_feed_actor::pointer self) : self(self) {}

  event_feed_actor::pointer self;
  /// Listeners by business; under none those of all businesses.
  std::unordered_map<business_id, std::vector<listener_actor>> listeners;

  std::shared_ptr<std::atomic<bool>> heard; ///< kept: whether there are listeners

  void subscribe(business_id business, const listener_actor& listener);
  void unsubscribe(business_id business, const listener_actor& listener);
  void forget(const caf::actor_addr& gone);
  void pass_on(const event& happened);
};

event_feed_actor::behavior_type
event_feed(event_feed_actor::stateful_pointer<event_feed_state> self,
           std::shared_ptr<std::atomic<bool>> heard);

} // namespace ringmaster
