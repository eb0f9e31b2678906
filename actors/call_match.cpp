#include "actors/call_match.hpp"

#include <algorithm>

namespace ringmaster {

std::vector<seen_call> unbound_calls(const std::vector<seen_call>& listed,
                                     const std::function<bool(const call_sid&)>& is_bound) {
  std::vector<seen_call> found;
  for (const auto& call : listed)
    if ((call.direction.empty() || call.direction == "outbound-api") && !is_bound(call.sid))
      found.push_back(call);
  return found;
}

call_match match_calls(const std::vector<seen_call>& calls, time_point dialed_at, seconds skew) {
  call_match found;
  std::vector<seen_call> fitting;
  for (const auto& call : calls) {
    // Without a time a call can't be ruled out.
    if (!call.created_at || *call.created_at >= dialed_at - skew)
      fitting.push_back(call);
    else if (!is_terminal(call.status))
      found.older.push_back(call);
  }
  // A live one first: an ended one needs no slot.
  auto first = std::find_if(fitting.begin(), fitting.end(),
                            [](const seen_call& call) { return !is_terminal(call.status); });
  if (first == fitting.end()) first = fitting.begin();
  if (first == fitting.end()) return found;
  found.ours = *first;
  for (const auto& call : fitting)
    if (call.sid != first->sid && !is_terminal(call.status)) found.doubles.push_back(call);
  return found;
}

const past_attempt* attempt_of_stray(const std::vector<past_attempt>& attempts,
                                     const seen_call& call, seconds skew) {
  const past_attempt* found = nullptr;
  for (const auto& attempt : attempts) {
    bool fits = !attempt.sid && (!call.created_at || *call.created_at >= attempt.started_at - skew);
    if (fits && (found == nullptr || found->started_at < attempt.started_at)) found = &attempt;
  }
  return found;
}

bool is_stray(const recall_answer& known, const dial_token& token, const call_sid& sid) {
  if (!known.phone) return false;                             // no such job
  if (known.token == token && known.sid == sid) return false; // late news of its last call
  for (const auto& attempt : known.attempts) {
    bool ended_by_fact = attempt.outcome && *attempt.outcome != call_outcome::in_doubt;
    if (attempt.token == token && attempt.sid == sid && ended_by_fact) return false;
  }
  return true;
}

} // namespace ringmaster
