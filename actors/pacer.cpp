#include "actors/pacer.hpp"

#include <algorithm>
#include <cmath>

namespace ringmaster {

void pacer::queue::push(const permit_request& wish) {
  auto& own = wishes[wish.business];
  if (own.empty()) turns.push_back(wish.business);
  own.push_back(wish);
  ++size;
}

std::optional<permit_request> pacer::queue::pop() {
  if (turns.empty()) return std::nullopt;
  auto business = turns.front();
  turns.pop_front();
  auto own = wishes.find(business);
  auto wish = own->second.front();
  own->second.erase(own->second.begin());
  --size;
  if (own->second.empty())
    wishes.erase(own);
  else
    turns.push_back(business);
  return wish;
}

bool pacer::queue::erase(business_id business, std::uint64_t ticket) {
  auto own = wishes.find(business);
  if (own == wishes.end()) return false;
  auto& line = own->second;
  auto wish = std::find_if(line.begin(), line.end(),
                           [&](const permit_request& w) { return w.ticket == ticket; });
  if (wish == line.end()) return false;
  line.erase(wish);
  --size;
  if (line.empty()) {
    wishes.erase(own);
    turns.erase(std::find(turns.begin(), turns.end(), business));
  }
  return true;
}

void pacer::queue::erase_all(business_id business, std::vector<std::uint64_t>& tickets) {
  auto own = wishes.find(business);
  if (own == wishes.end()) return;
  for (const auto& wish : own->second)
    tickets.push_back(wish.ticket);
  size -= own->second.size();
  wishes.erase(own);
  turns.erase(std::find(turns.begin(), turns.end(), business));
}

pacer::pacer(pace limits, time_point now)
    : limits_(limits), tokens_(std::max(1.0, limits.burst)), filled_at_(now) {}

void pacer::set_rate(double calls_per_second, time_point now) {
  refill(now); // what has passed counts at the old pace
  limits_.calls_per_second = calls_per_second;
}

void pacer::ask(const permit_request& wish) {
  if (auto held = holds_.find(wish.business); held != holds_.end()) {
    held->second.wishes.push_back(wish);
    ++parked_;
    return;
  }
  (wish.priority == dial_priority::direct ? direct_ : run_).push(wish);
}

void pacer::withdraw(business_id business, std::uint64_t ticket) {
  if (auto held = holds_.find(business); held != holds_.end()) {
    auto& wishes = held->second.wishes;
    auto found = std::find_if(wishes.begin(), wishes.end(),
                              [&](const permit_request& wish) { return wish.ticket == ticket; });
    if (found == wishes.end()) return;
    wishes.erase(found);
    --parked_;
    return;
  }
  if (!direct_.erase(business, ticket)) run_.erase(business, ticket);
}

std::vector<std::uint64_t> pacer::withdraw_all(business_id business) {
  std::vector<std::uint64_t> tickets;
  if (auto held = holds_.find(business); held != holds_.end()) {
    for (const auto& wish : held->second.wishes)
      tickets.push_back(wish.ticket);
    parked_ -= held->second.wishes.size();
    held->second.wishes.clear();
    return tickets;
  }
  direct_.erase_all(business, tickets);
  run_.erase_all(business, tickets);
  return tickets;
}

void pacer::refill(time_point now) {
  if (now < filled_at_) { // the clock was set back: what we wait for moves with it
    held_until_ -= filled_at_ - now;
    for (auto& [business, held] : holds_)
      held.until -= filled_at_ - now;
    filled_at_ = now;
  }
  auto passed = std::chrono::duration<double>(now - filled_at_).count();
  filled_at_ = now;
  if (limits_.calls_per_second > 0)
    tokens_ = std::min(std::max(1.0, limits_.burst), tokens_ + passed * limits_.calls_per_second);
}

std::optional<permit_request> pacer::next(time_point now) {
  refill(now);
  release(now);
  if (now < held_until_ || outstanding_ >= limits_.window) return std::nullopt;
  if (limits_.calls_per_second > 0 && tokens_ < 1.0) return std::nullopt;
  auto wish = direct_.pop();
  if (!wish) wish = run_.pop();
  if (!wish) return std::nullopt;
  if (limits_.calls_per_second > 0) tokens_ -= 1.0;
  ++outstanding_;
  return wish;
}

void pacer::settle() {
  outstanding_ = std::max(0, outstanding_ - 1);
}

void pacer::give_back() {
  settle();
  tokens_ = std::min(std::max(1.0, limits_.burst), tokens_ + 1.0);
}

void pacer::hold_until(time_point until) {
  held_until_ = std::max(held_until_, until);
}

void pacer::hold_business(business_id business, time_point until) {
  auto& held = holds_[business];
  held.until = std::max(held.until, until);
  for (auto* from : {&direct_, &run_}) {
    const auto found = from->wishes.find(business);
    if (found == from->wishes.end()) continue;
    held.wishes.insert(held.wishes.end(), found->second.begin(), found->second.end());
    parked_ += found->second.size();
    std::vector<std::uint64_t> tickets;
    from->erase_all(business, tickets);
  }
}

void pacer::release(time_point now) {
  for (auto held = holds_.begin(); held != holds_.end();) {
    if (held->second.until > now) {
      ++held;
      continue;
    }
    const auto wishes = std::move(held->second.wishes);
    parked_ -= wishes.size();
    held = holds_.erase(held);
    for (const auto& wish : wishes)
      ask(wish);
  }
}

std::optional<time_point> pacer::next_time(time_point now) const {
  if (waiting() == 0 || outstanding_ >= limits_.window) return std::nullopt;
  auto at = std::max(now, held_until_);
  if (direct_.size + run_.size == 0) {
    auto first = time_point::max();
    for (const auto& [business, held] : holds_)
      if (!held.wishes.empty()) first = std::min(first, held.until);
    at = std::max(at, first);
  }
  if (limits_.calls_per_second > 0 && tokens_ < 1.0) {
    // One microsecond more than computed, so that rounding can't wake us a moment too early.
    auto wait = std::chrono::duration<double>((1.0 - tokens_) / limits_.calls_per_second);
    at = std::max(at, filled_at_ + std::chrono::ceil<microseconds>(wait) + microseconds{1});
  }
  return at;
}

} // namespace ringmaster
