#include "actors/look_queue.hpp"

#include <algorithm>
#include <cmath>

namespace ringmaster {

namespace {

std::string by_name(const call_sid& sid) {
  return "name " + sid.value;
}

/// What a question is about: the same question is not put twice at once.
std::string subject(const look_into& question) {
  return question.sid ? by_name(question.sid) : "attempt " + question.attempt.token.text();
}

} // namespace

look_queue::look_queue(look_pace limits, time_point now) : limits_(limits), filled_at_(now) {}

bool look_queue::ask(const look_into& question) {
  if (known_.count(subject(question)) > 0) return false;
  append(static_cast<lane_name>(question.kind), question);
  ++waiting_;
  return true;
}

void look_queue::append(lane_name to, look_into question) {
  const auto business = question.attempt.business;
  auto& into = of(to);
  known_[subject(question)] = {to, business};
  auto& own = into.questions[business];
  if (own.empty()) into.turns.push_back(business);
  own.push_back(std::move(question));
  ++into.size;
}

double look_queue::burst() const {
  return std::max(1.0, limits_.per_second / 10);
}

void look_queue::refill(time_point now) {
  if (now < filled_at_) { // the clock was set back
    held_until_ = {};
    filled_at_ = now;
  }
  if (limits_.per_second <= 0) return;
  auto passed = std::chrono::duration<double>(now - filled_at_).count();
  tokens_ = std::min(burst(), tokens_ + passed * limits_.per_second);
  filled_at_ = now;
}

bool look_queue::may_put(time_point now) {
  refill(now);
  if (now < held_until_ || unanswered_ >= limits_.at_once) return false;
  return limits_.per_second <= 0 || tokens_ >= 1.0;
}

void look_queue::put_one() {
  ++unanswered_;
  if (limits_.per_second > 0) tokens_ -= 1.0;
}

bool look_queue::has_turn(std::size_t lane) const {
  if (is_listing_ && lane == static_cast<std::size_t>(lane_name::known)) return false;
  return lanes_[lane].size > 0;
}

/// How many may be put by themselves.
std::size_t look_queue::in_turn() const {
  std::size_t all = 0;
  for (std::size_t lane = 0; lane < lanes_in_turn; ++lane)
    if (has_turn(lane)) all += lanes_[lane].size;
  return all;
}

std::optional<look_into> look_queue::next(time_point now) {
  if (in_turn() == 0 || !may_put(now)) return std::nullopt;
  while (!has_turn(turn_))
    turn_ = (turn_ + 1) % lanes_in_turn;
  auto question = take_first(lanes_[turn_]);
  turn_ = (turn_ + 1) % lanes_in_turn;
  known_[subject(question)].in = lane_name::under_way;
  --waiting_;
  put_one();
  return question;
}

look_into look_queue::take_first(lane& from) {
  auto own = from.questions.find(from.turns.front());
  from.turns.pop_front();
  auto question = std::move(own->second.front());
  own->second.pop_front();
  if (own->second.empty())
    from.questions.erase(own);
  else
    from.turns.push_back(own->first);
  --from.size;
  return question;
}

void look_queue::done(const look_into& question) {
  if (known_.erase(subject(question)) > 0) unanswered_ = std::max(0, unanswered_ - 1);
}

void look_queue::hold_until(time_point until) {
  held_until_ = std::max(held_until_, until);
}

std::optional<time_point> look_queue::next_time(time_point now) const {
  if (in_turn() == 0 || unanswered_ >= limits_.at_once) return std::nullopt;
  return token_time(now);
}

time_point look_queue::token_time(time_point now) const {
  auto at = std::max(now, held_until_);
  if (limits_.per_second > 0 && tokens_ < 1.0) {
    // One microsecond more than computed, so that rounding can't wake us a moment too early.
    auto wait = std::chrono::duration<double>((1.0 - tokens_) / limits_.per_second);
    at = std::max(at, filled_at_ + std::chrono::ceil<microseconds>(wait) + microseconds{1});
  }
  return at;
}

// -- a listing -----------------------------------------------------------------------------------

void look_queue::begin_listing() {
  is_listing_ = true;
  while (of(lane_name::known).size > 0)
    append(lane_name::listing, take_first(of(lane_name::known)));
}

bool look_queue::page(time_point now) {
  if (!may_put(now)) return false;
  put_one();
  return true;
}

void look_queue::page_done() {
  unanswered_ = std::max(0, unanswered_ - 1);
}

std::optional<look_into> look_queue::take(const call_sid& sid) {
  auto found = known_.find(by_name(sid));
  if (found == known_.end() || found->second.in == lane_name::under_way) return std::nullopt;
  auto& lane = of(found->second.in);
  auto& own = lane.questions.at(found->second.business);
  auto at = std::find_if(own.begin(), own.end(),
                         [&](const look_into& question) { return question.sid == sid; });
  if (at->kind != look_kind::known) return std::nullopt;
  auto question = std::move(*at);
  own.erase(at);
  if (own.empty()) {
    lane.questions.erase(found->second.business);
    lane.turns.erase(std::find(lane.turns.begin(), lane.turns.end(), found->second.business));
  }
  --lane.size;
  --waiting_;
  known_.erase(found);
  return question;
}

void look_queue::end_listing() {
  is_listing_ = false;
  while (of(lane_name::listing).size > 0)
    append(lane_name::passed_over, take_first(of(lane_name::listing)));
}

std::optional<time_point> look_queue::page_time(time_point now) const {
  if (unanswered_ >= limits_.at_once) return std::nullopt;
  return token_time(now);
}

} // namespace ringmaster
