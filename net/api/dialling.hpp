// Asking the dialling side (the switchboard) from a plain thread: one request, one answer or the
// failure that stands for it, never longer than the patience.
#pragma once

#include "actors/failure.hpp"
#include "actors/interfaces.hpp"

#include <memory>

namespace ringmaster::net::api {

/// Not shared between threads.
class dialling {
public:
  dialling(caf::actor_system& system, switchboard_actor switchboard, milliseconds patience);

  /// Fails with kind `unknown` when no answer came in time: the request may still be carried out.
  result<order_answer> order(const order_run& order);
  result<call_directly_answer> call(const call_directly& wanted);
  result<slots_answer> slots(business_id business);
  result<acknowledged> tell(const run_created& news);
  result<acknowledged> tell(const settings_changed& news);

private:
  template <class Answer, class Message>
  result<Answer> ask(const Message& message);

  caf::actor_system& system_;
  switchboard_actor switchboard_;
  milliseconds patience_;
  std::unique_ptr<caf::scoped_actor> self_;
};

} // namespace ringmaster::net::api
