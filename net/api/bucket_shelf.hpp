// A bucket for each of many askers, in bounded memory: full ones are forgotten, and who comes when
// there is no place left shares one bucket with all others that do. Pure.
#pragma once

#include "net/api/token_bucket.hpp"

#include <cstddef>
#include <unordered_map>

namespace ringmaster::net::api {

template <class Asker>
class bucket_shelf {
public:
  bucket_shelf(bucket_size size, std::size_t most) : size_(size), most_(most) {}

  std::optional<microseconds> take(const Asker& who, time_point now) {
    return size_.limits() ? place_of(who, now).take(size_, now) : std::nullopt;
  }
  std::optional<microseconds> look(const Asker& who, time_point now) const {
    const auto found = buckets_.find(who);
    if (found != buckets_.end()) return found->second.look(size_, now);
    return buckets_.size() < most_ ? std::nullopt : shared_.look(size_, now);
  }
  void give_back(const Asker& who, time_point now) {
    const auto found = buckets_.find(who);
    (found == buckets_.end() ? shared_ : found->second).give_back(size_, now);
  }
  std::size_t kept() const { return buckets_.size(); }

private:
  token_bucket& place_of(const Asker& who, time_point now) {
    const auto found = buckets_.find(who);
    if (found != buckets_.end()) return found->second;
    if (buckets_.size() >= most_) forget_full(now);
    return buckets_.size() < most_ ? buckets_[who] : shared_;
  }
  /// At most once a second, so that a crowd of askers costs no more than that.
  void forget_full(time_point now) {
    if (now >= swept_at_ && now - swept_at_ < seconds{1}) return;
    swept_at_ = now;
    for (auto it = buckets_.begin(); it != buckets_.end();)
      it = it->second.full(now) ? buckets_.erase(it) : std::next(it);
  }

  bucket_size size_;
  std::size_t most_;
  std::unordered_map<Asker, token_bucket> buckets_;
  token_bucket shared_;
  time_point swept_at_{};
};

} // namespace ringmaster::net::api
