// One business's share of the node's gauges: what it told last is taken back when it tells anew,
// and when it ends.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

namespace ringmaster {

/// Of all businesses together.
struct slot_totals {
  std::atomic<std::int64_t> held{0}, limit{0}, in_doubt{0};
};

class slot_gauge {
public:
  slot_gauge() = default;
  slot_gauge(const slot_gauge&) = delete;
  slot_gauge& operator=(const slot_gauge&) = delete;
  ~slot_gauge() {
    if (of_) tell(*of_, 0, 0, 0);
  }

  void tell(const std::shared_ptr<slot_totals>& totals, std::int64_t held, std::int64_t limit,
            std::int64_t in_doubt) {
    of_ = totals;
    tell(*totals, held, limit, in_doubt);
  }

private:
  void tell(slot_totals& totals, std::int64_t held, std::int64_t limit, std::int64_t in_doubt) {
    totals.held += held - held_;
    totals.limit += limit - limit_;
    totals.in_doubt += in_doubt - in_doubt_;
    held_ = held;
    limit_ = limit;
    in_doubt_ = in_doubt;
  }

  std::shared_ptr<slot_totals> of_;
  std::int64_t held_ = 0, limit_ = 0, in_doubt_ = 0;
};

} // namespace ringmaster
