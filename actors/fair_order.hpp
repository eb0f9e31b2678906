// The order in which waiting runs of one business get freed slots: direct calls first, then round
// robin over the runs, whatever number of slots each asks for. Pure.
#pragma once

#include "actors/ids.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace ringmaster {

class fair_order {
public:
  /// One more slot is wanted by this run (none: the direct lane).
  void ask(run_id run);
  /// Takes the next one in turn; nothing when nobody waits.
  std::optional<run_id> next();
  /// Forgets all wishes of a run.
  void forget(run_id run);

  bool empty() const { return turns_.empty(); }
  std::int64_t waiting() const;

private:
  struct turn {
    run_id run;
    std::int64_t wishes = 0;
  };

  std::vector<turn>::iterator turn_of(run_id run);

  std::vector<turn> turns_; ///< each run with a wish, once, in turn; seldom more than a few
};

} // namespace ringmaster
