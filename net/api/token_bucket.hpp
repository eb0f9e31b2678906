// How often somebody may ask: a bucket that fills at an even pace and holds so many tokens. A value
// of one time point; the clock is handed in. Pure.
#pragma once

#include "actors/clock.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace ringmaster::net::api {

struct bucket_size {
  double per_second = 0; ///< 0: no limit
  double burst = 1;      ///< tokens of a full bucket, at least 1

  bool limits() const { return per_second > 0; }
  /// The time in which one token comes.
  microseconds each() const {
    return microseconds{std::max<std::int64_t>(1, static_cast<std::int64_t>(1e6 / per_second))};
  }
  /// The time in which an empty bucket fills.
  microseconds all() const {
    return microseconds{
        static_cast<std::int64_t>(static_cast<double>(each().count()) * std::max(burst, 1.0))};
  }
};

class token_bucket {
public:
  /// Takes a token; or takes none and answers how long it is until there is one.
  std::optional<microseconds> take(const bucket_size& size, time_point now) {
    if (!size.limits()) return std::nullopt;
    // After a clock was set back, else the bucket would stay empty until it has caught up.
    full_at_ = std::min(full_at_, now + size.all());
    if (const auto wait = look(size, now)) return wait;
    full_at_ = now + missing(size, now) + size.each();
    return std::nullopt;
  }
  /// What take() would answer.
  std::optional<microseconds> look(const bucket_size& size, time_point now) const {
    if (!size.limits()) return std::nullopt;
    const auto after = missing(size, now) + size.each();
    if (after <= size.all()) return std::nullopt;
    return after - size.all();
  }
  void give_back(const bucket_size& size, time_point now) {
    if (size.limits()) full_at_ = now + std::max(missing(size, now) - size.each(), microseconds{0});
  }
  /// A full bucket is like a new one: it may be forgotten.
  bool full(time_point now) const { return full_at_ <= now; }

private:
  /// How long it would take to fill. A clock that was set back empties no bucket further than
  /// empty.
  microseconds missing(const bucket_size& size, time_point now) const {
    return std::clamp(full_at_ - now, microseconds{0}, size.all());
  }

  time_point full_at_{};
};

} // namespace ringmaster::net::api
