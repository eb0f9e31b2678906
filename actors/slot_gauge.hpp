// One business's share of the node's gauges: what it told last is taken back when it tells anew,
// and when it ends.
#pragma once

#include "actors/business_messages.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace ringmaster {

struct slot_figures {
  static constexpr std::size_t states = static_cast<std::size_t>(slot_state::in_doubt) + 1;

  /// Slots by slot_state; the free ones are not counted. No business has more than a hundred.
  std::array<std::int16_t, states> in{};
  std::int16_t limit = 0;

  std::int16_t& of(slot_state state) { return in[static_cast<std::size_t>(state)]; }
};

/// Of all businesses together.
struct slot_totals {
  std::array<std::atomic<std::int64_t>, slot_figures::states> in{};
  std::atomic<std::int64_t> limit{0};

  std::int64_t of(slot_state state) const { return in[static_cast<std::size_t>(state)]; }
  std::int64_t held() const {
    std::int64_t all = 0;
    for (const auto& one : in)
      all += one;
    return all;
  }
};

class slot_gauge {
public:
  slot_gauge() = default;
  slot_gauge(const slot_gauge&) = delete;
  slot_gauge& operator=(const slot_gauge&) = delete;
  ~slot_gauge() {
    if (of_ != nullptr) count(*of_, {});
  }

  /// `totals` must outlive it.
  void tell(slot_totals& totals, const slot_figures& now) {
    of_ = &totals;
    count(totals, now);
  }

private:
  void count(slot_totals& totals, const slot_figures& now) {
    for (std::size_t i = 0; i < now.in.size(); ++i)
      if (now.in[i] != told_.in[i]) totals.in[i] += now.in[i] - told_.in[i];
    if (now.limit != told_.limit) totals.limit += now.limit - told_.limit;
    told_ = now;
  }

  slot_totals* of_ = nullptr;
  slot_figures told_;
};

} // namespace ringmaster
