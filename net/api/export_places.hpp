// How many exports may be open at a time: a client that reads slowly holds its own for as long as
// it likes, so that one business never has all places. Safe from any thread.
#pragma once

#include "actors/ids.hpp"

#include <mutex>
#include <unordered_map>

namespace ringmaster::net::api {

class export_places {
public:
  /// `most` at least 1; one business has at most half of them.
  explicit export_places(int most) : most_(most) {}

  /// Whether there is a place; it is held until leave().
  bool enter(business_id business) {
    const std::lock_guard lock(guard_);
    auto& own = open_[business];
    const bool free = taken_ < most_ && own < (most_ + 1) / 2;
    if (free) {
      ++taken_;
      ++own;
    } else if (own == 0) {
      open_.erase(business);
    }
    return free;
  }
  void leave(business_id business) {
    const std::lock_guard lock(guard_);
    --taken_;
    const auto own = open_.find(business);
    if (--own->second == 0) open_.erase(own);
  }

private:
  const int most_;
  std::mutex guard_;
  int taken_ = 0;
  std::unordered_map<business_id, int> open_;
};

} // namespace ringmaster::net::api
