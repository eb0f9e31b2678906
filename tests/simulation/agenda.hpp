// What will happen outside of the process under test, and when: calls go on, callbacks are on their
// way, people come back. Time is counted from the history's beginning and never goes back.
#pragma once

#include "actors/clock.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>

namespace ringmaster::simulation {

class agenda {
public:
  microseconds now() const { return now_; }
  void set_now(microseconds now) { now_ = now; }

  void at(microseconds when, std::function<void()> what) {
    events_.emplace(std::make_pair(std::max(when, now_), ++last_), std::move(what));
  }
  void after(microseconds wait, std::function<void()> what) { at(now_ + wait, std::move(what)); }

  bool empty() const { return events_.empty(); }
  std::optional<microseconds> next() const {
    if (events_.empty()) return std::nullopt;
    return events_.begin()->first.first;
  }
  /// Does the first of what is due; false when nothing is.
  bool do_next_due() {
    if (events_.empty() || events_.begin()->first.first > now_) return false;
    auto what = std::move(events_.begin()->second);
    events_.erase(events_.begin());
    what();
    return true;
  }

private:
  microseconds now_{0};
  std::uint64_t last_ = 0;
  std::map<std::pair<microseconds, std::uint64_t>, std::function<void()>> events_;
};

} // namespace ringmaster::simulation
