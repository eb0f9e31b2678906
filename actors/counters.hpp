// What a node has counted since its start; read by /metrics. Each is only ever added to.
#pragma once

#include <atomic>
#include <cstdint>

namespace ringmaster {

struct counters {
  using counter = std::atomic<std::uint64_t>;
  counter calls_claimed{0}, calls_placed{0}, calls_in_doubt{0}, calls_ended{0}, calls_requeued{0};
  counter callbacks{0}, callbacks_stale{0}, callbacks_refused{0}; ///< refused: bad signature
  counter looks{0}, looks_failed{0}, calls_reconciled{0}, calls_proven_absent{0};
  counter strays_found{0}, strays_ended{0}, calls_missing{0}, calls_missing_settled{0};
  counter carrier_errors{0}, carrier_429{0};
  counter store_batches{0}, store_requests{0}, store_splits{0}, store_reconnects{0};
  counter supervisors_started{0}, supervisors_restarted{0}, supervisors_left{0};
  counter supervisors_reloaded{0}, runs_restarted{0};
  counter http_requests{0}, http_refused{0};
  counter log_dropped{0};
};

} // namespace ringmaster
