// Calls that ring outside the slots: of an attempt that was given up, or a second one of an
// attempt. Each is hung up at once and again until it has ended, and takes one call from the limit
// until then, also beyond a restart.
#include "actors/business_supervisor.hpp"
#include "actors/call_match.hpp"
#include "actors/log_lines.hpp"

#include <spdlog/spdlog.h>

namespace ringmaster {

namespace {

void reply(const std::function<void(event_answer)>& answer, event_result result,
           const std::string& request = {}) {
  if (answer) answer({result, request});
}

} // namespace

/// News of a live call that no slot holds. The ended attempts tell whether it is late news of a
/// call that is long over (stale) or a call that nobody has counted.
void supervisor_state::suspect(const attempt_ref& attempt, const call_sid& sid,
                               std::function<void(event_answer)> answer) {
  auto* ended = lately_ended->find(attempt.token, sid);
  if (sid && ended != nullptr) return reply(answer, event_result::stale, *ended);
  if (!sid || strays->count(sid) > 0 || book.find(sid) != nullptr)
    return reply(answer, event_result::stale);
  auto* entry = book.find(attempt.token);
  if (entry != nullptr && entry->job == attempt.job && entry->has_name())
    return stray_found(attempt, sid, entry->phone(), "a second call for one attempt", answer);
  auto era = generation;
  ask<recall_answer>(
      recall_attempts{business, attempt.job, {}, {}},
      [this, era, attempt, sid, answer](const recall_answer& known) {
        if (era != generation || known.result != write_result::applied)
          return reply(answer, event_result::unavailable);
        bool held = book.find(sid) != nullptr || book.find(attempt.token) != nullptr;
        if (held || !is_stray(known, attempt.token, sid))
          return reply(answer, event_result::stale, known.request);
        stray_found(attempt, sid, known.phone, "a call of an attempt that was given up", answer);
      },
      [answer](const caf::error&) { reply(answer, event_result::unavailable); });
}

void supervisor_state::stray_found(const attempt_ref& attempt, const call_sid& sid,
                                   const phone_number& phone, const std::string& why,
                                   std::function<void(event_answer)> answer) {
  if (strays->count(sid) > 0) return reply(answer, event_result::stale);
  auto now = house->now();
  auto& stray = strays.own()[sid];
  stray.attempt = attempt;
  stray.phone = phone;
  stray.found_at = stray.look.news_at = now;
  book.set_strays(static_cast<std::int32_t>(strays->size()));
  ++house->count->strays_found;
  house->log->error("[Reconciler] ALARM: a stray call rings ({}): hanging up. It takes one of the "
                    "{} calls until it has ended{}",
                    why, book.limit(), fields(business, {}, attempt.job, sid));
  self->send(house->carrier, hang_up_call{attempt, sid});
  // Stale: the callback did not move the job that it names.
  write(
      keep_stray{attempt, sid, phone, why, now, {}},
      [answer](write_result) { reply(answer, event_result::stale); },
      [answer] { reply(answer, event_result::unavailable); });
  look_around();
}

void supervisor_state::stray_ended(const call_sid& sid, const std::string& how,
                                   std::function<void(event_answer)> answer) {
  const auto& stray = strays->at(sid);
  house->log->warn("[Reconciler] A stray call has ended ({}){}", how,
                   fields(business, {}, stray.attempt.job, sid));
  keep_stray fact{stray.attempt, sid, stray.phone, {}, stray.found_at, house->now()};
  auto settled = [this, sid, answer](write_result) {
    if (strays.erase(sid) > 0) {
      ++house->count->strays_ended;
      book.set_strays(static_cast<std::int32_t>(strays->size()));
      fill_slots();
    }
    reply(answer, event_result::committed);
  };
  write(fact, settled, [answer] { reply(answer, event_result::unavailable); });
}

void supervisor_state::ask_about_strays() {
  if (strays.empty()) return;
  auto now = house->now();
  for (auto& [sid, stray] : strays.own()) {
    if (stray_due(stray.look, house->looking) > now) continue;
    stray.look.asked_at = now;
    self->send(house->reconciler, look_into{look_kind::stray, stray.attempt, sid, {}, stray.phone},
               board);
  }
}

void supervisor_state::stray_looked(const look_report& report) {
  auto& stray = strays.own().at(report.sid);
  auto now = house->now();
  stray.look.asked_at.reset();
  stray.look.heard_at = now;
  ++stray.look.retries;
  switch (report.result) {
  case look_result::found:
    stray.look.missing_since.reset();
    if (is_terminal(report.calls.front().status))
      return stray_ended(report.sid, std::string{to_string(report.calls.front().status)}, nullptr);
    self->send(house->carrier, hang_up_call{stray.attempt, report.sid});
    return;
  case look_result::absent:
    // A name that somebody told us, and that the carrier does not know through the whole grace, is
    // no call. (Unlike one that holds a slot, it was never sure to be ours.)
    if (!stray.look.missing_since) stray.look.missing_since = now;
    if (now - *stray.look.missing_since >= house->looking.grace)
      stray_ended(report.sid, "the carrier knows no such call", nullptr);
    return;
  case look_result::listed:
  case look_result::failed:
    return;
  }
}

void supervisor_state::take_strays(const std::vector<live_stray>& known) {
  for (const auto& one : known) {
    auto& stray = strays.own()[one.sid];
    stray.attempt = one.attempt;
    stray.phone = one.phone;
    stray.found_at = one.found_at;
    stray.look.news_at = house->now();
    ++house->count->strays_found;
    self->send(house->carrier, hang_up_call{one.attempt, one.sid});
  }
  book.set_strays(static_cast<std::int32_t>(strays->size()));
}

void supervisor_state::forget_strays() {
  house->count->strays_ended += strays->size();
  strays.clear();
}

bool supervisor_state::stray_at(const phone_number& phone) const {
  return std::any_of(strays->begin(), strays->end(),
                     [&](const auto& one) { return one.second.phone == phone; });
}

} // namespace ringmaster
