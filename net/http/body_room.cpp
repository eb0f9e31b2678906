#include "net/http/body_room.hpp"

namespace ringmaster::net {

bool body_room::take(std::uint64_t asker, std::size_t held, std::size_t more) {
  const std::lock_guard lock(guard_);
  const auto now = held + more;
  taken_ += more;
  const bool alone = taken_ == now;
  if (!is_large(now)) return taken_ <= most_ || alone;
  const auto for_large = most_ - most_ / 4;
  if (asker == 0) return taken_ <= for_large || alone;
  auto& own = large_[asker];
  own += is_large(held) ? more : now;
  // Half of what is for large bodies; a single one may be larger than that.
  const bool own_fits = own <= for_large / 2 || own == now;
  return (taken_ <= for_large && own_fits) || alone;
}

void body_room::give(std::uint64_t asker, std::size_t held) {
  const std::lock_guard lock(guard_);
  taken_ -= held;
  if (asker == 0 || !is_large(held)) return;
  const auto own = large_.find(asker);
  if (own == large_.end()) return;
  own->second -= held;
  if (own->second == 0) large_.erase(own);
}

} // namespace ringmaster::net
