// What a supervisor does when the server lost its right to the business for a time, and when the
// server ends.
#include "actors/business_supervisor.hpp"

namespace ringmaster {

void supervisor_state::retaken() {
  began = false; // whoever owned the business meanwhile may have placed calls
  reload("the ownership was lost and is taken again");
}

/// No call starts any more (the carrier gives no permits). Direct calls that wait for one are told
/// so; what was heard of calls is written before the server goes.
caf::result<acknowledged> supervisor_state::drain() {
  for (auto it = direct->all.begin(); it != direct->all.end();) {
    const auto& [number, wish] = *it++;
    bool deciding = wish.give_up_at == time_point::max(); // the database does, already
    if (!deciding) drop_direct(number, call_directly_answer{});
  }
  drained.own().push_back(self->make_response_promise<acknowledged>());
  auto answer = drained->back();
  write_again(true);
  answer_drained();
  return answer;
}

void supervisor_state::answer_drained() {
  if (!facts.empty() || !early_reports.empty()) return;
  for (auto& promise : drained.take())
    promise.deliver(acknowledged{});
}

} // namespace ringmaster
