#include "net/api/dialling.hpp"

namespace ringmaster::net::api {

dialling::dialling(caf::actor_system& system, switchboard_actor switchboard, milliseconds patience)
    : system_(system), switchboard_(std::move(switchboard)), patience_(patience),
      self_(std::make_unique<caf::scoped_actor>(system, true)) {}

template <class Answer, class Message>
result<Answer> dialling::ask(const Message& message) {
  result<Answer> outcome = failure{};
  bool failed = false;
  (*self_)
      ->request(switchboard_, patience_, message)
      .receive([&](Answer& answer) { outcome = std::move(answer); },
               [&](caf::error&) {
                 failed = true;
                 outcome = failure{failure_kind::unknown, "dialling_silent",
                                   "the dialling did not answer in time; what was asked may still "
                                   "be carried out: look before asking again",
                                   ""};
               });
  // An answer that comes after all would lie in the mailbox for ever.
  if (failed) self_ = std::make_unique<caf::scoped_actor>(system_, true);
  return outcome;
}

result<order_answer> dialling::order(const order_run& order) {
  return ask<order_answer>(order);
}

result<call_directly_answer> dialling::call(const call_directly& wanted) {
  return ask<call_directly_answer>(wanted);
}

result<slots_answer> dialling::slots(business_id business) {
  return ask<slots_answer>(slots_query{business});
}

result<acknowledged> dialling::tell(const run_created& news) {
  return ask<acknowledged>(news);
}

result<acknowledged> dialling::tell(const settings_changed& news) {
  return ask<acknowledged>(news);
}

} // namespace ringmaster::net::api
