#include "net/api/dialling.hpp"

#include <caf/all.hpp>

namespace ringmaster::net::api {

dialling::dialling(caf::actor_system& system, switchboard_actor switchboard, milliseconds patience,
                   int most_waiting)
    : system_(system), switchboard_(std::move(switchboard)), most_waiting_(most_waiting),
      queue_(std::make_shared<queue>()),
      questions_(std::make_shared<open_questions>(system, patience)) {}

failure dialling::silent() {
  return {failure_kind::unknown, "dialling_silent",
          "the dialling did not answer in time; what was asked may still be carried out: look "
          "before asking again",
          ""};
}

failure dialling::crowded() {
  return {failure_kind::unavailable, "busy",
          "too many requests of this business wait for the dialling; nothing was done, ask again "
          "in a moment",
          ""};
}

bool dialling::enter(business_id business, bool always) const {
  const std::lock_guard lock(queue_->guard);
  const auto found = queue_->waiting.find(business);
  const auto waiting = found == queue_->waiting.end() ? 0 : found->second;
  if (waiting >= most_waiting_ && !always) return false;
  queue_->waiting[business] = waiting + 1;
  return true;
}

void dialling::leave(queue& all, business_id business) {
  const std::lock_guard lock(all.guard);
  const auto found = all.waiting.find(business);
  if (--found->second == 0) all.waiting.erase(found);
}

} // namespace ringmaster::net::api
