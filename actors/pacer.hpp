// The pace of one carrier account: how many create requests may be sent per second, how many may be
// unanswered at once, and who is next. A token bucket in front of two queues (direct calls first),
// each round robin over businesses. Pure: time is handed in.
#pragma once

#include "actors/carrier_messages.hpp"

#include <deque>
#include <optional>
#include <unordered_map>
#include <vector>

namespace ringmaster {

struct pace {
  double calls_per_second = 0; ///< 0: no limit
  double burst = 1;            ///< how many may go at once after a rest
  std::int32_t window = 128;   ///< requests permitted or sent, and not answered
};

class pacer {
public:
  pacer(pace limits, time_point now);

  void ask(const permit_request& wish);
  void withdraw(business_id business, std::uint64_t ticket);
  /// Withdraws every wish of the business; their tickets.
  std::vector<std::uint64_t> withdraw_all(business_id business);

  /// The next wish that may be fulfilled now; counts as outstanding until settle().
  std::optional<permit_request> next(time_point now);
  /// A permitted request was answered.
  void settle();
  /// A permit was not used: its share of the pace is free again.
  void give_back();
  /// Permits nothing before that time (back-off). Never shortens.
  void hold_until(time_point until);
  /// Permits nothing to that business before that time.
  void hold_business(business_id business, time_point until);

  /// When next() may give something that it doesn't give now for reasons of time; nothing when
  /// nobody waits or only an answer can help.
  std::optional<time_point> next_time(time_point now) const;

  /// Another pace from now on; 0: no limit.
  void set_rate(double calls_per_second, time_point now);
  const pace& limits() const { return limits_; }

  std::size_t waiting() const { return direct_.size + run_.size + parked_; }
  std::int32_t outstanding() const { return outstanding_; }
  time_point held_until() const { return held_until_; }

private:
  struct queue {
    /// No more than a business has slots.
    std::unordered_map<business_id, std::vector<permit_request>> wishes;
    std::deque<business_id> turns;
    std::size_t size = 0;

    void push(const permit_request& wish);
    std::optional<permit_request> pop();
    bool erase(business_id business, std::uint64_t ticket);
    void erase_all(business_id business, std::vector<std::uint64_t>& tickets);
  };

  /// The wishes of a business that may have nothing for now.
  struct hold {
    time_point until;
    std::vector<permit_request> wishes;
  };

  void refill(time_point now);
  void release(time_point now);

  pace limits_;
  double tokens_;
  time_point filled_at_;
  time_point held_until_{};
  std::int32_t outstanding_ = 0;
  queue direct_, run_;
  std::unordered_map<business_id, hold> holds_;
  std::size_t parked_ = 0; ///< wishes in them
};

} // namespace ringmaster
