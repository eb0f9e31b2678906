// How badly the world behaves in one history: each likelihood is drawn from the seed, many are 0.
#pragma once

#include "tests/simulation/dice.hpp"

namespace ringmaster::simulation {

struct faults {
  // Of a create request.
  double post_slow = 0;           ///< the answer comes late, callbacks before it
  double post_refused = 0;        ///< with a code that condemns the number
  double post_misconfigured = 0;  ///< with a code that condemns the run or holds the business
  double post_429 = 0;            ///< also 401, 10004
  double post_lost_created = 0;   ///< created, no usable answer
  double post_lost_uncreated = 0; ///< not created, no usable answer
  double post_unsent = 0;         ///< never leaves the process
  double post_queued = 0;         ///< leaves the process after a while
  double post_haunts = 0;         ///< creates a call when its absence was proved long ago
  // Of callbacks.
  double callback_lost = 0, callback_late = 0, callback_repeated = 0, callback_forged = 0;
  bool sequences_zero = false;
  microseconds callback_jitter{0}; ///< reorders
  // Of what the carrier tells when asked.
  double query_failed = 0;
  microseconds list_delay{0}; ///< so long a new call is missing
  // Of calls.
  double call_long = 0, call_instant = 0, call_queued = 0;
  // Of the process and its database, expected number in a history.
  double crashes = 0, commits_lost = 0, connections_lost = 0, outages = 0, clock_jumps = 0,
         freezes = 0, takeovers = 0;
  double calls_per_second = 0; ///< the account's pace; 0: none
  // Not faults, but two ways for things to come together: batches are large then.
  bool in_step = false;   ///< all calls and requests take the same time
  double store_eager = 1; ///< how likely the store's turn comes while others wait
};

/// Some histories are quiet, some have one kind of fault, most a mix.
faults draw_faults(dice& draw);

} // namespace ringmaster::simulation
