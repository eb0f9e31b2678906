#include "actors/fair_order.hpp"

#include <algorithm>

namespace ringmaster {

std::vector<fair_order::turn>::iterator fair_order::turn_of(run_id run) {
  return std::find_if(turns_.begin(), turns_.end(), [&](const turn& t) { return t.run == run; });
}

void fair_order::ask(run_id run) {
  const auto known = turn_of(run);
  if (known != turns_.end())
    ++known->wishes;
  else
    turns_.insert(run ? turns_.end() : turns_.begin(), {run, 1});
}

std::optional<run_id> fair_order::next() {
  if (turns_.empty()) return std::nullopt;
  const auto run = turns_.front().run;
  if (--turns_.front().wishes == 0)
    turns_.erase(turns_.begin());
  else if (run)
    std::rotate(turns_.begin(), turns_.begin() + 1, turns_.end());
  return run;
}

void fair_order::forget(run_id run) {
  const auto known = turn_of(run);
  if (known != turns_.end()) turns_.erase(known);
}

std::int64_t fair_order::waiting() const {
  std::int64_t all = 0;
  for (const auto& turn : turns_)
    all += turn.wishes;
  return all;
}

} // namespace ringmaster
