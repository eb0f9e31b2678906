#include "actors/overdue.hpp"

#include <algorithm>

namespace ringmaster {

namespace {

/// A question that was not answered by then was lost with the actor that had it.
constexpr seconds question_life{900};

microseconds pause_after(int fruitless, const looking_settings& rules) {
  auto doubled = rules.first_pause.count() << std::clamp(fruitless - 1, 0, 20);
  return milliseconds{std::min<std::int64_t>(doubled, rules.longest_pause.count())};
}

time_point nameless_due(const slot_entry& entry, const looking_settings& rules) {
  const auto& look = entry.look;
  if (!look.heard_at)
    return entry.state == slot_state::in_doubt
               ? look.news_at
               : look.sent_by + rules.answer_time + rules.first_pause; // its request is unanswered
  auto next = *look.heard_at + pause_after(look.retries, rules);
  auto end = grace_end(look, rules);
  return *look.heard_at < end ? std::min(next, end) : next;
}

time_point named_due(const slot_entry& entry, seconds ring_timeout, const looking_settings& rules) {
  const auto& look = entry.look;
  if (look.retries > 0 && look.heard_at) return *look.heard_at + pause_after(look.retries, rules);
  if (look.hang_up_at) return *look.hang_up_at + pause_after(look.hang_ups, rules);
  bool heard_since = look.heard_at && *look.heard_at >= look.news_at;
  if (heard_since) return *look.heard_at + rules.talk_poll;
  if (entry.progress >= carrier_status::in_progress) return look.news_at + rules.talk_poll;
  return look.news_at + ring_timeout + rules.ring_margin;
}

} // namespace

std::optional<time_point> look_due(const slot_entry& entry, seconds ring_timeout,
                                   const looking_settings& rules) {
  bool has_call = entry.state != slot_state::free && entry.state != slot_state::reserved;
  if (!has_call || entry.giving_up) return std::nullopt;
  if (entry.look.asked_at) return *entry.look.asked_at + question_life;
  if (entry.look.urgent) return entry.look.news_at;
  return entry.has_name() ? named_due(entry, ring_timeout, rules) : nameless_due(entry, rules);
}

time_point stray_due(const look_record& look, const looking_settings& rules) {
  if (look.asked_at) return *look.asked_at + question_life;
  return std::max(look.news_at, look.heard_at.value_or(look.news_at)) +
         pause_after(look.retries, rules);
}

time_point grace_end(const look_record& look, const looking_settings& rules) {
  return look.sent_by + rules.answer_time + rules.grace;
}

void note_answer(look_record& look, time_point now, const looking_settings& rules) {
  auto passed = now - look.heard_at.value_or(look.news_at);
  // No pause is longer, but for the answer's own time: more than that was a clock that jumped.
  microseconds most = rules.longest_pause + rules.longest_pause / 4;
  look.waited += std::clamp<microseconds>(passed, microseconds{0}, most);
  look.heard_at = now;
  look.asked_at.reset();
}

bool proves_absence(const look_record& look, time_point asked_at, const looking_settings& rules) {
  return asked_at >= grace_end(look, rules) && look.waited >= rules.grace;
}

microseconds shortest_wait(seconds ring_timeout, const looking_settings& rules) {
  return std::min<microseconds>({rules.send_deadline + rules.answer_time + rules.first_pause,
                                 ring_timeout + rules.ring_margin, rules.talk_poll});
}

} // namespace ringmaster
