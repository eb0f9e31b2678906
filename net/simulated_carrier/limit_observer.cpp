#include "net/simulated_carrier/limit_observer.hpp"

#include "net/simulated_carrier/chance.hpp"

#include <algorithm>

namespace ringmaster::net::sim {

namespace {

constexpr std::size_t most_ends_kept = 256;
constexpr std::size_t most_excesses_kept = 1'000;

std::uint64_t pair_key(std::string_view from, std::string_view to) {
  return mix(hash_text(from), hash_text(to));
}

} // namespace

std::uint64_t caller_figures::above(std::int32_t limit) const {
  std::uint64_t sum = 0;
  for (auto n = static_cast<std::size_t>(std::max(limit, 0)) + 1; n < reached.size(); ++n)
    sum += reached[n];
  return sum;
}

void limit_observer::created(const std::string& from, const std::string& to, const std::string& sid,
                             time_point at) {
  ++created_;
  highest_ = std::max(highest_, ++live_);

  auto& caller = callers_[from];
  if (caller.calls++ == 0) caller.from = from;
  caller.highest = std::max(caller.highest, ++caller.live);
  ++caller.reached[std::min<std::size_t>(static_cast<std::size_t>(caller.live),
                                         caller.reached.size() - 1)];
  if (!caller.free_since.empty()) {
    auto gap = (at - caller.free_since.front()).count();
    caller.free_since.pop_front();
    caller.gaps.add(gap);
    gaps_.add(gap);
  }
  if (caller.live > watched_limit_ && excesses_.size() < most_excesses_kept)
    excesses_.push_back({at, from, sid, caller.live});

  auto key = pair_key(from, to);
  auto& pair = pairs_[key];
  if (++pair.calls > 1) repeated_[key] = {from, to, pair.calls};
  if (++pair.live > 1) ++overlaps_;
}

void limit_observer::ended(const std::string& from, const std::string& to, time_point at) {
  --live_;
  auto& caller = callers_[from];
  --caller.live;
  ++caller.ended;
  if (caller.free_since.size() < most_ends_kept) caller.free_since.push_back(at);
  --pairs_[pair_key(from, to)].live;
}

const caller_figures* limit_observer::caller(const std::string& from) const {
  auto found = callers_.find(from);
  return found == callers_.end() ? nullptr : &found->second;
}

std::uint32_t limit_observer::calls_to(std::string_view from, std::string_view to) const {
  auto found = pairs_.find(pair_key(from, to));
  return found == pairs_.end() ? 0 : found->second.calls;
}

} // namespace ringmaster::net::sim
