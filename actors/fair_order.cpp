#include "actors/fair_order.hpp"

#include <algorithm>

namespace ringmaster {

void fair_order::ask(run_id run) {
  if (++wishes_[run] > 1) return;
  if (run)
    waiting_.push_back(run);
  else
    waiting_.push_front(run);
}

std::optional<run_id> fair_order::next() {
  if (waiting_.empty()) return std::nullopt;
  auto run = waiting_.front();
  auto wish = wishes_.find(run);
  if (--wish->second == 0) {
    wishes_.erase(wish);
    waiting_.pop_front();
  } else if (run) {
    waiting_.pop_front();
    waiting_.push_back(run);
  }
  return run;
}

void fair_order::forget(run_id run) {
  if (wishes_.erase(run) == 0) return;
  waiting_.erase(std::find(waiting_.begin(), waiting_.end(), run));
}

std::int64_t fair_order::waiting() const {
  std::int64_t all = 0;
  for (const auto& kv : wishes_)
    all += kv.second;
  return all;
}

} // namespace ringmaster
