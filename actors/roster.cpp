#include "actors/roster.hpp"

#include <algorithm>
#include <string_view>
#include <tuple>

namespace ringmaster {

namespace {

constexpr std::size_t most_broken_names = 10'000;

} // namespace

listed_actor::listed_actor(std::shared_ptr<actor_roster> roster, const char* kind, std::string key)
    : roster_(std::move(roster)), kind_(kind), key_(std::move(key)) {
  if (roster_) roster_->enter(*this);
}

void listed_actor::leave(bool broke) {
  if (auto roster = std::exchange(roster_, nullptr)) roster->leave(*this, broke);
}

/// One that was handled may not have been seen as received yet.
std::uint64_t listed_actor::waiting() const {
  const auto done = handled.load(std::memory_order_relaxed);
  const auto sent = received.load(std::memory_order_relaxed);
  return sent > done ? sent - done : 0;
}

void actor_roster::enter(listed_actor& one) {
  const std::lock_guard lock(guard_);
  one.place_ = live_.size();
  live_.push_back(&one);
}

void actor_roster::leave(const listed_actor& one, bool broke) {
  const std::lock_guard lock(guard_);
  live_[one.place_] = live_.back();
  live_[one.place_]->place_ = one.place_;
  live_.pop_back();
  if (!broke) return;
  name whose{one.kind_, one.key_};
  if (broken_.size() < most_broken_names || broken_.count(whose) > 0) ++broken_[std::move(whose)];
}

std::vector<actor_view> actor_roster::views(const std::string& kind) const {
  std::vector<actor_view> all;
  {
    const std::lock_guard lock(guard_);
    for (const auto* one : live_) {
      if (!kind.empty() && one->kind_ != kind) continue;
      const auto broken = broken_.find({one->kind_, one->key_});
      all.push_back({one->kind_, one->key_, one->handled.load(std::memory_order_relaxed),
                     one->waiting(), broken == broken_.end() ? 0 : broken->second});
    }
  }
  // By age within a kind: "business=2" before "business=10".
  std::sort(all.begin(), all.end(), [](const actor_view& a, const actor_view& b) {
    return std::make_tuple(std::string_view{a.kind}, a.key.size(), std::string_view{a.key}) <
           std::make_tuple(std::string_view{b.kind}, b.key.size(), std::string_view{b.key});
  });
  return all;
}

std::map<std::string, std::uint64_t> actor_roster::waiting() const {
  std::map<std::string, std::uint64_t> sums;
  const std::lock_guard lock(guard_);
  for (const auto* one : live_)
    sums[one->kind_] += one->waiting();
  return sums;
}

} // namespace ringmaster
