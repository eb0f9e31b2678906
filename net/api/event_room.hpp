// What one business's listeners are told: the changes since the last text was made, of each call
// only the latest, and the last few texts, each made once. A listener that has fallen behind what
// is kept is given the present instead of the backlog. Pure: no clock, no threads, no sockets.
#pragma once

#include "actors/business_messages.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringmaster::net::api {

/// The latest texts with their numbers.
class event_ring {
public:
  /// The first text gets the number behind `last`. Nobody is resumed from one before it, which a
  /// ring that is forgotten may have given out.
  event_ring(std::size_t most_texts, std::size_t most_bytes, std::uint64_t last = 0)
      : most_texts_(most_texts), most_bytes_(most_bytes), last_(last) {}

  /// The number of the latest text.
  std::uint64_t last() const { return last_; }
  /// The text gets the next number and pushes out the oldest ones over the bounds.
  std::uint64_t add(std::string text);
  /// All texts behind `seen`, joined; nothing when some of them are not kept any more, or when
  /// `seen` was never given out.
  std::optional<std::string> after(std::uint64_t seen) const;

private:
  std::size_t most_texts_, most_bytes_, bytes_ = 0;
  std::uint64_t last_;
  std::deque<std::string> texts_;
};

/// One change that is to be told, and whether a later one says what is in its slot now.
struct call_change {
  event what;
  bool slot_is_told_later = false;
};

/// Changes of calls that no text was made of yet. An attempt's later change takes the place of its
/// earlier one: it says all that there is to draw (when it began, was answered, how it ended).
class latest_changes {
public:
  bool empty() const { return changes_.empty(); }
  /// With those whose place was taken, so that what is kept can be bounded.
  std::size_t size() const { return changes_.size(); }
  void put(event changed);
  /// All, in the order of their latest change; none are left.
  std::vector<call_change> take();

private:
  std::vector<std::optional<event>> changes_;                 ///< empty: a later one took its place
  std::map<std::pair<job_id, std::int64_t>, std::size_t> at_; ///< by job and attempt
};

/// An event's id on the wire, "<server's start>-<number>": a number means nothing to another start.
std::string event_id(std::uint64_t start, std::uint64_t number);
/// The number of an id of this start.
std::optional<std::uint64_t> number_of_event(std::uint64_t start, std::string_view id);

} // namespace ringmaster::net::api
