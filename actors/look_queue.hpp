// The questions that wait to be put to the carrier: how many may be put per second and be
// unanswered at once, and which is next. Each kind has its turn, and within a kind each business,
// so that a thousand calls of one kind or one business hold up no other. Pure: time is handed in.
#pragma once

#include "actors/carrier_messages.hpp"

#include <array>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace ringmaster {

struct look_pace {
  double per_second = 50;    ///< 0: no limit
  std::int32_t at_once = 16; ///< unanswered
};

class look_queue {
public:
  look_queue(look_pace limits, time_point now);

  /// False: the same question waits or is under way already.
  bool ask(const look_into& question);
  /// The next question that may be put now; counts as unanswered until done().
  std::optional<look_into> next(time_point now);
  void done(const look_into& question);
  /// Nothing is put before that time.
  void hold_until(time_point until);

  /// When next() may give something that it doesn't give now for reasons of time; nothing when
  /// none waits or only an answer can help.
  std::optional<time_point> next_time(time_point now) const;
  std::size_t waiting() const { return waiting_; }

private:
  struct lane {
    std::unordered_map<business_id, std::deque<look_into>> questions;
    std::deque<business_id> turns;
  };

  void refill(time_point now);
  /// What may go at once after a rest: a tenth of a second's share, so that a late tick loses
  /// little.
  double burst() const;

  look_pace limits_;
  double tokens_ = 1.0;
  time_point filled_at_;
  time_point held_until_{};
  std::int32_t unanswered_ = 0;
  std::array<lane, 3> lanes_; ///< by look_kind
  std::size_t turn_ = 0;
  std::size_t waiting_ = 0;
  std::unordered_set<std::string> known_; ///< waiting or under way
};

} // namespace ringmaster
