// When the carrier is to be asked about a call, and what its silence proves. Pure: time is handed
// in; nothing here frees a slot.
#pragma once

#include "actors/slot_book.hpp"

#include <optional>

namespace ringmaster {

/// The defaults are those of config/ringmaster.json.
struct looking_settings {
  /// How long the carrier must show no trace of a call whose request can't be under way any more.
  /// The carrier's list shows a new call late.
  seconds grace{60};
  /// How far the carrier's clock may be behind ours; less than the grace.
  seconds skew{30};
  /// How long after the ring time-out an end must have been told. Twilio may ring 5 s longer.
  seconds ring_margin{10};
  /// A call in progress is asked for when it was not heard of for that long.
  seconds talk_poll{60};
  /// Asking again when the last answer told nothing: that long, doubled each time, up to the next.
  milliseconds first_pause{1'000};
  milliseconds longest_pause{30'000};
  /// A call that had a name and is unknown to the carrier for that long counts as ended. None:
  /// never, because a wrong account looks just like that.
  std::optional<seconds> gone_after;
  // Settings of others that a proof rests on.
  seconds send_deadline{5};         ///< dialing.send_deadline_s
  milliseconds answer_time{20'000}; ///< the carrier's connect and answer time together
};

/// When to ask about the call in this slot; nothing when there is none, or none to ask about.
std::optional<time_point> look_due(const slot_entry& entry, seconds ring_timeout,
                                   const looking_settings& rules);
/// The same for a call outside the slots.
time_point stray_due(const look_record& look, const looking_settings& rules);

/// A nameless call's request is surely over and, if it made a call, the carrier shows it: only a
/// list that was asked for from then on proves that there is none.
time_point grace_end(const look_record& look, const looking_settings& rules);

/// No call becomes due sooner than that after it was placed: looking that often misses none.
microseconds shortest_wait(seconds ring_timeout, const looking_settings& rules);

} // namespace ringmaster
