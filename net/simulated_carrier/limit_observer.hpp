// The outside judge: how many calls each caller ID has live, had at most, and whom it called how
// often. It believes the carrier's calls alone. Pure; the time is handed in.
#pragma once

#include "actors/clock.hpp"
#include "net/simulated_carrier/histogram.hpp"

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace ringmaster::net::sim {

/// One caller ID. A call is live from its creation to its end, the queue included.
struct caller_figures {
  std::string from;
  std::int32_t live = 0;
  std::int32_t highest = 0;
  std::uint64_t calls = 0;
  std::uint64_t ended = 0;
  /// [n]: how often a new call made n calls live (the last element: n or more).
  std::vector<std::uint64_t> reached = std::vector<std::uint64_t>(64, 0);
  /// From a call's end to the next create that takes its place.
  histogram gaps;
  std::deque<time_point> free_since; ///< ends that no create has followed yet, the first 256

  /// How many creates went above `limit` live calls.
  std::uint64_t above(std::int32_t limit) const;
};

struct repeated_number {
  std::string from, to;
  std::uint32_t calls = 0;
};

/// A create that went above the watched limit.
struct excess {
  time_point at;
  std::string from, sid;
  std::int32_t live = 0;
};

class limit_observer {
public:
  explicit limit_observer(std::int32_t watched_limit) : watched_limit_(watched_limit) {}

  void created(const std::string& from, const std::string& to, const std::string& sid,
               time_point at);
  void ended(const std::string& from, const std::string& to, time_point at);

  const std::unordered_map<std::string, caller_figures>& callers() const { return callers_; }
  /// nullptr when it never called.
  const caller_figures* caller(const std::string& from) const;
  std::uint32_t calls_to(std::string_view from, std::string_view to) const;
  /// Caller ID and number pairs called more than once.
  const std::unordered_map<std::uint64_t, repeated_number>& repeated() const { return repeated_; }
  /// The first 1,000 moments above the watched limit.
  const std::vector<excess>& excesses() const { return excesses_; }
  /// Creates for a number that had a live call of the same caller ID.
  std::uint64_t overlaps() const { return overlaps_; }
  std::uint64_t created_total() const { return created_; }
  std::int64_t live_total() const { return live_; }
  std::int64_t highest_total() const { return highest_; }
  const histogram& gaps() const { return gaps_; }

private:
  struct pair_count {
    std::uint32_t calls = 0;
    std::int32_t live = 0;
  };

  std::int32_t watched_limit_;
  std::unordered_map<std::string, caller_figures> callers_;
  std::unordered_map<std::uint64_t, pair_count> pairs_; ///< by hash of caller ID and number
  std::unordered_map<std::uint64_t, repeated_number> repeated_;
  std::vector<excess> excesses_;
  histogram gaps_;
  std::uint64_t overlaps_ = 0;
  std::uint64_t created_ = 0;
  std::int64_t live_ = 0, highest_ = 0;
};

} // namespace ringmaster::net::sim
