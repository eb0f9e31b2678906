// All calls of the carrier: the live ones, and the last of the ended ones. Pure; the time is handed
// in.
#pragma once

#include "net/simulated_carrier/call.hpp"
#include "net/simulated_carrier/limit_observer.hpp"

#include <deque>
#include <memory>
#include <unordered_map>

namespace ringmaster::net::sim {

struct call_filter {
  std::string to, from;
  std::optional<call_status> status;
  std::optional<time_point> started_from, started_before; ///< before: not included
  std::optional<time_point> ended_from, ended_before;
  std::optional<time_point> visible_at; ///< leaves out what list_lag hides then
};

class call_book {
public:
  /// Keeps at most `kept` ended calls. `salt` keeps the sids of two carriers apart.
  call_book(std::size_t kept, std::uint64_t salt, std::int32_t watched_limit)
      : kept_(kept), salt_(salt), observer_(watched_limit) {}

  /// Takes a call up as queued; `n` of its draws is calls_to(from, to) before it. `sid` empty:
  /// draws a new one.
  call& add(call_request request, std::string sid, time_point at);
  /// Moves a live call on; a terminal status frees what it held. The observer takes its end for
  /// `seen_at`, when a busy carrier came to it.
  void move(call& c, call_status to, time_point at, time_point seen_at);
  /// Forgets a call; live or not.
  void erase(const std::string& sid, time_point at);

  /// nullptr when there is none. With a reused sid: the youngest.
  call* find(const std::string& sid);
  call* find(std::uint64_t id);
  /// The newest first, older than `before` (0: all), at most `most`, after leaving out `skip`.
  std::vector<const call*> list(const call_filter& filter, std::uint64_t before, std::size_t skip,
                                std::size_t most) const;

  std::string new_sid();
  const std::string& last_sid() const { return last_sid_; }
  std::uint64_t tally(call_status s) const { return tallies_[static_cast<std::size_t>(s)]; }
  std::size_t size() const { return size_; }
  const limit_observer& observer() const { return observer_; }

private:
  void forget(const call& c);
  bool fits(const call& c, const call_filter& filter) const;

  std::size_t kept_;
  std::uint64_t salt_;
  std::uint64_t sids_ = 0;
  std::string last_sid_;
  /// By id, from `first_id_` on; null: forgotten. A webhook and a timer find theirs at once.
  std::deque<std::unique_ptr<call>> calls_;
  std::uint64_t first_id_ = 1;
  std::size_t size_ = 0; ///< that are not forgotten
  std::unordered_map<std::string, std::uint64_t> by_sid_;
  std::unordered_map<std::string, std::vector<std::uint64_t>> by_number_; ///< ids, rising
  std::deque<std::uint64_t> ended_;
  std::uint64_t tallies_[8] = {};
  limit_observer observer_;
};

} // namespace ringmaster::net::sim
