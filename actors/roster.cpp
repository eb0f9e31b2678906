#include "actors/roster.hpp"

#include <algorithm>

namespace ringmaster {

namespace {

constexpr std::size_t most_broken_names = 10'000;

/// The two are counted apart: one that was handled may not have been seen as received yet.
std::uint64_t waiting_in(const actor_figures& figures) {
  const auto handled = figures.handled.load(std::memory_order_relaxed);
  const auto received = figures.received.load(std::memory_order_relaxed);
  return received > handled ? received - handled : 0;
}

} // namespace

actor_roster::number actor_roster::enter(std::string kind, std::string key,
                                         std::shared_ptr<const actor_figures> figures) {
  const std::lock_guard lock(guard_);
  live_[++last_] = {std::move(kind), std::move(key), std::move(figures)};
  return last_;
}

void actor_roster::leave(number actor, bool broke) {
  const std::lock_guard lock(guard_);
  const auto found = live_.find(actor);
  if (found == live_.end()) return;
  const name whose{found->second.kind, found->second.key};
  live_.erase(found);
  if (broke && (broken_.size() < most_broken_names || broken_.count(whose) > 0)) ++broken_[whose];
}

std::vector<actor_view> actor_roster::views(const std::string& kind) const {
  std::vector<actor_view> all;
  {
    const std::lock_guard lock(guard_);
    for (const auto& [number, one] : live_) {
      if (!kind.empty() && one.kind != kind) continue;
      const auto broken = broken_.find({one.kind, one.key});
      all.push_back({one.kind, one.key, one.figures->handled.load(std::memory_order_relaxed),
                     waiting_in(*one.figures), broken == broken_.end() ? 0 : broken->second});
    }
  }
  // By age within a kind: "business=2" before "business=10".
  std::stable_sort(all.begin(), all.end(), [](const actor_view& a, const actor_view& b) {
    return std::make_pair(a.kind, a.key.size()) < std::make_pair(b.kind, b.key.size()) ||
           (a.kind == b.kind && a.key.size() == b.key.size() && a.key < b.key);
  });
  return all;
}

std::map<std::string, std::uint64_t> actor_roster::waiting() const {
  std::map<std::string, std::uint64_t> sums;
  const std::lock_guard lock(guard_);
  for (const auto& [number, one] : live_)
    sums[one.kind] += waiting_in(*one.figures);
  return sums;
}

} // namespace ringmaster
