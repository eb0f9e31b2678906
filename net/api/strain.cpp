#include "net/api/strain.hpp"

#include <algorithm>

namespace ringmaster::net::api {

void strain::came_late_by(microseconds delay) {
  // A clock that was set, or one long stop, must not be felt for long.
  sum_ += std::clamp(delay, microseconds{0}, 4 * full_);
  ++heard_;
}

void strain::end_of_turn() {
  constexpr int weight = 8;
  const auto mean = heard_ == 0 ? microseconds{0} : sum_ / heard_;
  usual_ += (mean - usual_) / weight;
  sum_ = microseconds{0};
  heard_ = 0;
}

double strain::share() const {
  const auto felt = std::max(usual_ - unfelt_, microseconds{0});
  const auto all = std::max(full_ - unfelt_, microseconds{1});
  return std::min(1.0, static_cast<double>(felt.count()) / static_cast<double>(all.count()));
}

microseconds strain::between(microseconds at_ease, microseconds strained) const {
  const auto more = static_cast<double>((strained - at_ease).count()) * share();
  return at_ease + microseconds(static_cast<std::int64_t>(more));
}

} // namespace ringmaster::net::api
