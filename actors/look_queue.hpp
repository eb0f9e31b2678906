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

namespace ringmaster {

struct look_pace {
  double per_second = 50;      ///< 0: no limit
  std::int32_t at_once = 16;   ///< unanswered
  std::int32_t list_from = 40; ///< so many calls to ask for are worth a listing; 0: never
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

  // A listing of the account's live calls can answer many questions of kind known. Until it has
  // ended they wait for it; those that it did not answer are put one by one then.

  /// How many a listing could answer.
  std::size_t listable() const { return of(lane_name::known).size + of(lane_name::listing).size; }
  void begin_listing();
  /// Whether a page of it may be asked for now; counts as unanswered until page_done().
  bool page(time_point now);
  void page_done();
  /// The question about that name, if it waits; it is answered then.
  std::optional<look_into> take(const call_sid& sid);
  /// Those that came while it was read may wait for the next one.
  void end_listing();
  /// When page() may say yes; as next_time().
  std::optional<time_point> page_time(time_point now) const;

private:
  enum class lane_name { search, known, stray, passed_over, listing, under_way };
  static constexpr std::size_t lanes_in_turn = 4; ///< the first

  struct lane {
    std::unordered_map<business_id, std::deque<look_into>> questions;
    std::deque<business_id> turns;
    std::size_t size = 0;
  };
  struct place {
    lane_name in;
    business_id business;
  };

  lane& of(lane_name name) { return lanes_[static_cast<std::size_t>(name)]; }
  const lane& of(lane_name name) const { return lanes_[static_cast<std::size_t>(name)]; }
  bool has_turn(std::size_t lane) const;
  std::size_t in_turn() const;
  void append(lane_name to, look_into question);
  look_into take_first(lane& from);

  void refill(time_point now);
  bool may_put(time_point now);
  void put_one();
  time_point token_time(time_point now) const;
  /// What may go at once after a rest: a tenth of a second's share, so that a late tick loses
  /// little.
  double burst() const;

  look_pace limits_;
  double tokens_ = 1.0;
  time_point filled_at_;
  time_point held_until_{};
  std::int32_t unanswered_ = 0;
  std::array<lane, 5> lanes_; ///< by lane_name, but for those under way
  std::size_t turn_ = 0;
  std::size_t waiting_ = 0;
  bool is_listing_ = false;
  std::unordered_map<std::string, place> known_; ///< waiting or under way
};

} // namespace ringmaster
