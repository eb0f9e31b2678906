// How hard the processors are pressed, told by how late news arrive: what can wait is then done
// seldom, so that dialling has the room. Pure: it is handed the delays, and told when a turn ends.
#pragma once

#include "actors/clock.hpp"

#include <cstdint>

namespace ringmaster::net::api {

class strain {
public:
  /// Up to `unfelt` the processors are free; from `full` on there is nothing to spare.
  strain(microseconds unfelt, microseconds full) : unfelt_(unfelt), full_(full) {}

  /// Something arrived so long after it was sent off.
  void came_late_by(microseconds delay);
  /// The delays of a turn count together an eighth, however many they are; without any it is a turn
  /// at ease. So one that stuck out changes little, and a second is long enough to feel what is
  /// new.
  void end_of_turn();
  /// From 0, nothing waits, to 1.
  double share() const;
  /// What lies that far between the two.
  microseconds between(microseconds at_ease, microseconds strained) const;

private:
  microseconds unfelt_, full_, usual_{0}, sum_{0};
  std::int64_t heard_ = 0;
};

} // namespace ringmaster::net::api
