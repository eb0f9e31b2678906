#include "actors/look_queue.hpp"

#include <algorithm>
#include <cmath>

namespace ringmaster {

namespace {

/// What a question is about: the same question is not put twice at once.
std::string subject(const look_into& question) {
  return question.sid ? "name " + question.sid.value : "attempt " + question.attempt.token.value;
}

} // namespace

look_queue::look_queue(look_pace limits, time_point now) : limits_(limits), filled_at_(now) {}

bool look_queue::ask(const look_into& question) {
  if (!known_.insert(subject(question)).second) return false;
  auto& into = lanes_[static_cast<std::size_t>(question.kind)];
  auto& own = into.questions[question.attempt.business];
  if (own.empty()) into.turns.push_back(question.attempt.business);
  own.push_back(question);
  ++waiting_;
  return true;
}

double look_queue::burst() const {
  return std::max(1.0, limits_.per_second / 10);
}

void look_queue::refill(time_point now) {
  if (limits_.per_second <= 0 || now <= filled_at_) return;
  auto passed = std::chrono::duration<double>(now - filled_at_).count();
  tokens_ = std::min(burst(), tokens_ + passed * limits_.per_second);
  filled_at_ = now;
}

std::optional<look_into> look_queue::next(time_point now) {
  refill(now);
  if (waiting_ == 0 || now < held_until_ || unanswered_ >= limits_.at_once) return std::nullopt;
  if (limits_.per_second > 0 && tokens_ < 1.0) return std::nullopt;
  auto* from = &lanes_[turn_];
  while (from->turns.empty())
    from = &lanes_[turn_ = (turn_ + 1) % lanes_.size()];
  turn_ = (turn_ + 1) % lanes_.size();
  auto business = from->turns.front();
  from->turns.pop_front();
  auto own = from->questions.find(business);
  auto question = own->second.front();
  own->second.pop_front();
  if (own->second.empty())
    from->questions.erase(own);
  else
    from->turns.push_back(business);
  --waiting_;
  ++unanswered_;
  if (limits_.per_second > 0) tokens_ -= 1.0;
  return question;
}

void look_queue::done(const look_into& question) {
  if (known_.erase(subject(question)) > 0) unanswered_ = std::max(0, unanswered_ - 1);
}

void look_queue::hold_until(time_point until) {
  held_until_ = std::max(held_until_, until);
}

std::optional<time_point> look_queue::next_time(time_point now) const {
  if (waiting_ == 0 || unanswered_ >= limits_.at_once) return std::nullopt;
  auto at = std::max(now, held_until_);
  if (limits_.per_second > 0 && tokens_ < 1.0) {
    // One microsecond more than computed, so that rounding can't wake us a moment too early.
    auto wait = std::chrono::duration<double>((1.0 - tokens_) / limits_.per_second);
    at = std::max(at, filled_at_ + std::chrono::ceil<microseconds>(wait) + microseconds{1});
  }
  return at;
}

} // namespace ringmaster
