// The simulated carrier: Twilio's voice API on this machine, calling webhooks as the real one does,
// with faults by switch and seed, and an observer that judges the limit from outside.
// README.md in this folder tells the switches, the settings and the endpoints under /_sim.
#pragma once

#include "net/simulated_carrier/options.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace ringmaster::net {

/// What the observer has seen since the start or the last reset.
struct carrier_figures {
  struct caller {
    std::string from;
    std::int32_t live = 0, highest = 0;
    std::uint64_t calls = 0;
    std::uint64_t above_limit = 0; ///< creates that went above it
  };
  std::uint64_t calls = 0;
  std::int64_t live = 0, highest_live = 0;
  std::uint64_t violations = 0;        ///< above_limit of all callers
  std::uint64_t repeated_numbers = 0;  ///< caller ID and number pairs called more than once
  std::uint64_t overlapping_calls = 0; ///< to a number that had a live call of the same caller ID
  std::uint64_t callbacks = 0, callbacks_ok = 0; ///< status callbacks; answered 2xx
  std::uint64_t forged = 0, forged_accepted = 0; ///< with a wrong signature; answered 2xx
  std::int64_t gap_p50_us = 0, gap_p99_us = 0;   ///< from a call's end to the create in its place
  std::vector<caller> callers;                   ///< by caller ID
};

class simulated_carrier {
public:
  explicit simulated_carrier(carrier_options options);
  ~simulated_carrier(); ///< stops

  simulated_carrier(const simulated_carrier&) = delete;
  simulated_carrier& operator=(const simulated_carrier&) = delete;

  /// Listens on the options' address; port 0 takes a free one. Returns why not, empty when it
  /// serves.
  std::string start(std::uint16_t port);
  std::uint16_t port() const;
  /// "http://127.0.0.1:4010": what TWILIO_API_BASE_URL is set to.
  std::string base_url() const;
  void stop();

  carrier_figures figures(std::int32_t limit = 3) const;
  /// The TwiML documents that a call was given; empty when the call is unknown.
  std::vector<std::string> said_in(const std::string& call_sid) const;
  /// As POST /_sim/faults and POST /_sim/life; what is wrong, empty when nothing.
  std::string set_faults(const std::string& json);
  std::string set_life(const std::string& json);

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace ringmaster::net
