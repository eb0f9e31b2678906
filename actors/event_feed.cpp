#include "actors/event_feed.hpp"

#include "actors/broken.hpp"

#include <algorithm>

namespace ringmaster {

void event_feed_state::subscribe(business_id business, const listener_actor& listener) {
  listeners[business].push_back(listener);
  self->monitor(listener);
  *heard = true;
}

void event_feed_state::unsubscribe(business_id business, const listener_actor& listener) {
  auto found = listeners.find(business);
  if (found == listeners.end()) return;
  auto& list = found->second;
  auto mine = std::find(list.begin(), list.end(), listener);
  if (mine == list.end()) return;
  list.erase(mine);
  self->demonitor(listener.address());
  if (list.empty()) listeners.erase(found);
  *heard = !listeners.empty();
}

void event_feed_state::forget(const caf::actor_addr& gone) {
  for (auto it = listeners.begin(); it != listeners.end();) {
    auto& list = it->second;
    list.erase(std::remove_if(list.begin(), list.end(),
                              [&](const listener_actor& l) { return l.address() == gone; }),
               list.end());
    it = list.empty() ? listeners.erase(it) : std::next(it);
  }
  *heard = !listeners.empty();
}

void event_feed_state::pass_on(const event& happened) {
  if (listeners.empty()) return;
  for (auto business : {happened.business, business_id{}}) {
    auto found = listeners.find(business);
    if (found == listeners.end()) continue;
    for (const auto& listener : found->second)
      self->send(listener, happened);
  }
}

event_feed_actor::behavior_type
event_feed(event_feed_actor::stateful_pointer<event_feed_state> self,
           std::shared_ptr<std::atomic<bool>> heard) {
  self->set_exception_handler(broken);
  self->state.heard = std::move(heard);
  self->set_down_handler([self](const caf::down_msg& down) { self->state.forget(down.source); });
  return {
      [self](const event& happened) { self->state.pass_on(happened); },
      [self](const subscription& wish, const listener_actor& listener) {
        self->state.subscribe(wish.business, listener);
        return acknowledged{};
      },
      [self](const unsubscription& wish, const listener_actor& listener) {
        self->state.unsubscribe(wish.business, listener);
      },
  };
}

} // namespace ringmaster
