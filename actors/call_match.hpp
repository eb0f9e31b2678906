// Which of the calls that the carrier lists is the one that an attempt asked for? Pure.
#pragma once

#include "actors/carrier_messages.hpp"
#include "actors/store_messages.hpp"

#include <functional>
#include <optional>
#include <vector>

namespace ringmaster {

/// What a list of the calls between the attempt's numbers says about it.
struct call_match {
  std::optional<seen_call> ours;
  std::vector<seen_call> doubles; ///< live, of the same attempt: the carrier made two
  std::vector<seen_call> older;   ///< live, nobody's, and too old to be this attempt's
};

/// The calls that could be an attempt's: made through the API, and bound to no other attempt.
std::vector<seen_call> unbound_calls(const std::vector<seen_call>& listed,
                                     const std::function<bool(const call_sid&)>& is_bound);

/// `calls` are unbound ones. The attempt's request was sent at `dialed_at` or later; `skew` is how
/// far the carrier's clock may be behind. (Never by start_time: a call that waits has none.)
call_match match_calls(const std::vector<seen_call>& calls, time_point dialed_at, seconds skew);

/// The given-up attempt that a live call outside the ledger may belong to: the last one that began
/// before the call was made and never got a name. Null: none.
const past_attempt* attempt_of_stray(const std::vector<past_attempt>& attempts,
                                     const seen_call& call, seconds skew);

/// Whether news of a live call under an attempt's token tell of a call outside the ledger. `known`
/// is what the database holds of the job; the attempt has no slot.
bool is_stray(const recall_answer& known, const dial_token& token, const call_sid& sid);

} // namespace ringmaster
