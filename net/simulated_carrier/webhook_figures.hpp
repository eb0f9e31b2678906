// How the webhooks went, by kind.
#pragma once

#include "net/simulated_carrier/histogram.hpp"
#include "net/simulated_carrier/webhook.hpp"

#include <array>

namespace ringmaster::net::sim {

struct webhook_figures {
  std::uint64_t sent = 0; ///< without retries
  std::uint64_t retries = 0;
  std::uint64_t ok = 0;      ///< 2xx
  std::uint64_t refused = 0; ///< 4xx
  std::uint64_t errors = 0;  ///< 5xx and the rest
  std::uint64_t silent = 0;  ///< no answer
  histogram took;            ///< of the answered ones

  void count(const webhook_outcome& outcome) {
    ++sent;
    retries += static_cast<std::uint64_t>(outcome.attempts > 1 ? outcome.attempts - 1 : 0);
    if (outcome.status == 0) {
      ++silent;
      return;
    }
    took.add(outcome.took.count());
    if (outcome.status / 100 == 2)
      ++ok;
    else if (outcome.status / 100 == 4)
      ++refused;
    else
      ++errors;
  }
};

struct all_webhook_figures {
  std::array<webhook_figures, 4> by_kind; ///< [webhook_kind]
  webhook_figures forged;                 ///< not in by_kind; all must be refused
};

} // namespace ringmaster::net::sim
