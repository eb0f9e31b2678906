#include "actors/run_forecast.hpp"

#include <algorithm>
#include <cmath>

namespace ringmaster {

namespace {

constexpr std::int64_t fewest_calls = 3;
constexpr double ninety_percent = 1.645; ///< of a normal distribution, in standard deviations
constexpr double longest_s = 366.0 * 86'400;

time_point after(time_point now, double seconds_ahead) {
  const auto bounded = std::clamp(seconds_ahead, 0.0, longest_s);
  return now + microseconds{static_cast<std::int64_t>(bounded * 1e6)};
}

} // namespace

std::optional<run_forecast> forecast(std::int64_t remaining, const run_pace& pace, time_point now) {
  if (remaining <= 0 || pace.calls < fewest_calls) return std::nullopt;
  const auto n = static_cast<double>(remaining), seen = static_cast<double>(pace.calls);
  const auto lanes = static_cast<double>(std::clamp<std::int64_t>(pace.lanes, 1, remaining));
  const auto likely = n * pace.mean_s / lanes;
  // The calls to come differ from each other, and their mean is known from a sample only.
  const auto of_calls = n * pace.variance_s2;
  const auto of_mean = n * n * pace.variance_s2 / seen;
  const auto spread = ninety_percent * std::sqrt(of_calls + of_mean) / lanes;
  return run_forecast{after(now, likely), after(now, std::max(likely - spread, likely / 10)),
                      after(now, likely + spread), pace.calls};
}

} // namespace ringmaster
