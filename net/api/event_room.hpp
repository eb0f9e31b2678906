// What one business's listeners are told: the last few texts, each made once, and who waits for
// more. A listener that has fallen behind what is kept is given the present instead of the backlog.
// Pure: no clock, no threads, no sockets.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace ringmaster::net::api {

/// The latest texts with their numbers, 1, 2, …
class event_ring {
public:
  event_ring(std::size_t most_texts, std::size_t most_bytes)
      : most_texts_(most_texts), most_bytes_(most_bytes) {}

  /// The number of the latest text; 0 before the first.
  std::uint64_t last() const { return last_; }
  /// The text gets the next number and pushes out the oldest ones over the bounds.
  std::uint64_t add(std::string text);
  /// All texts behind `seen`, joined; nothing when some of them are not kept any more, or when
  /// `seen` was never given out.
  std::optional<std::string> after(std::uint64_t seen) const;

private:
  std::size_t most_texts_, most_bytes_, bytes_ = 0;
  std::uint64_t last_ = 0;
  std::deque<std::string> texts_;
};

/// An event's id on the wire, "<server's start>-<number>": a number means nothing to another start.
std::string event_id(std::uint64_t start, std::uint64_t number);
/// The number of an id of this start.
std::optional<std::uint64_t> number_of_event(std::uint64_t start, std::string_view id);

} // namespace ringmaster::net::api
