// What a node has counted since its start; read by /metrics and the console. All but `slots` are
// only ever added to.
#pragma once

#include "actors/histogram.hpp"
#include "actors/slot_gauge.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace ringmaster {

struct counters {
  using counter = std::atomic<std::uint64_t>;
  counter calls_claimed{0}, calls_placed{0}, calls_in_doubt{0}, calls_ended{0}, calls_requeued{0};
  counter callbacks{0}, callbacks_stale{0}, callbacks_refused{0}; ///< refused: bad signature
  counter callbacks_malformed{0}, callbacks_unstored{0};          ///< unstored: to come again
  counter looks{0}, looks_failed{0}, looks_listed{0};
  counter calls_reconciled{0}, calls_proven_absent{0};
  counter strays_found{0}, strays_ended{0}, calls_missing{0}, calls_missing_settled{0};
  counter carrier_errors{0}, carrier_429{0};
  counter store_batches{0}, store_requests{0}, store_splits{0}, store_reconnects{0};
  counter supervisors_started{0}, supervisors_restarted{0}, supervisors_left{0};
  counter supervisors_reloaded{0}, runs_restarted{0};
  counter http_requests{0}, http_refused{0};
  counter log_dropped{0};
  counter console_commands{0}, console_refused{0};
  counter tls_handshakes_failed{0}, certificates_refused{0};
  std::atomic<std::int64_t> certificate_ends_s{0}; ///< since 1970; 0: the server speaks no TLS

  static constexpr std::size_t outcomes = 7; ///< as call_outcome
  std::array<counter, outcomes> ended_as{};
  counter ended_cancelled{0}; ///< without an outcome
  /// What the carrier answered create requests with that it did not take.
  static constexpr std::array<int, 8> answer_codes{0, 400, 401, 403, 404, 429, 500, 503};
  std::array<counter, answer_codes.size() + 1> refused_with{}; ///< the last: any other

  /// From the callback that freed a slot to the next create request of that slot, where leads
  /// waited; from the time that it was asked for, where nobody asked for it within a minute.
  time_histogram slot_gap;
  time_histogram carrier_answer; ///< of create requests
  time_histogram webhook_answer; ///< of genuine callbacks
  time_histogram store_commit;   ///< whole transactions of the store
  size_histogram store_batch;    ///< requests in them

  /// What the supervisors hold now.
  slot_totals slots;
};

} // namespace ringmaster
