// How a call goes when nobody interferes: drawn once, when it is created. Pure.
#pragma once

#include "actors/clock.hpp"
#include "net/simulated_carrier/chance.hpp"

#include <string>
#include <string_view>

namespace ringmaster::net::sim {

/// Both ends included; all may be 0.
struct time_range {
  milliseconds low{0}, high{0};
};

/// The shares need not add up to 1: they are weighed against each other.
struct life_settings {
  double answered = 0.80;
  double machine = 0.04; ///< answered, by a machine
  double busy = 0.06;
  double no_answer = 0.07;
  double failed = 0.03;
  double canceled = 0.0;                                ///< by the carrier itself, while ringing
  time_range setup{milliseconds{20}, milliseconds{80}}; ///< from dialling to ringing
  time_range ring{milliseconds{300}, milliseconds{1000}};
  time_range talk{milliseconds{1000}, milliseconds{3000}};    ///< once per TwiML document
  time_range detection{milliseconds{300}, milliseconds{700}}; ///< answering machine detection

  /// "answered" and the like with a share, "ring_ms" and the like with "300-1000" or "0". Returns
  /// what is wrong, empty when nothing.
  std::string set(std::string_view name, std::string_view value);
};

enum class life_outcome { answered, machine, busy, no_answer, failed, canceled };

struct call_life {
  life_outcome outcome = life_outcome::answered;
  milliseconds setup{0}, ring{0}, talk{0}, detection{0};
};

call_life draw_life(const life_settings& settings, const chance& draws);
/// The talk time of a call's n-th document (0: as in call_life).
milliseconds draw_talk(const life_settings& settings, const chance& draws, std::uint64_t n);

} // namespace ringmaster::net::sim
