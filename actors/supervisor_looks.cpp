// Asking the carrier about the business's calls: which, when, and what follows from its answers.
// What it tells goes the way of a callback. A slot is freed by a fact only: the carrier says that
// the call has ended, or its complete list shows through the whole grace that there never was one.
#include "actors/business_supervisor.hpp"
#include "actors/call_match.hpp"
#include "actors/log_lines.hpp"

#include <spdlog/spdlog.h>

namespace ringmaster {

namespace {

void nobody_waits(event_answer) {}

} // namespace

/// Found in the database: nobody knows what was told while nobody listened.
void supervisor_state::restored(slot_entry& entry, const live_call& call) {
  auto now = house->now();
  entry.look.news_at = now;
  entry.look.urgent = true;
  // In doubt was said when its request was over. For any other the request may just have been
  // handed to the carrier's actor (by this process; an ended one sends nothing any more).
  auto handed_over = call.in_doubt_since ? *call.in_doubt_since : now;
  entry.look.sent_by = handed_over + house->dialing.send_deadline;
}

/// Asks about every call that is due, and sees to it that the next one is not missed.
void supervisor_state::look_around() {
  auto now = house->now();
  seconds ring{settings.ring_timeout_s};
  book.for_each([&](slot_entry& entry) {
    auto due = look_due(entry, ring, house->looking);
    if (due && *due <= now) ask_about(entry);
  });
  ask_about_strays();
  tell_gauge();
  if (const auto next = next_look()) arm(std::max(*next - now, microseconds{0}));
}

/// None: there is nothing to look at, and an idle business of thousands has no timer of its own.
maybe_time supervisor_state::next_look() const {
  if (idle()) return {};
  const seconds ring{settings.ring_timeout_s};
  auto next = house->now() + shortest_wait(ring, house->looking);
  book.for_each([&](const slot_entry& entry) {
    if (auto due = look_due(entry, ring, house->looking)) next = std::min(next, *due);
  });
  for (const auto& [sid, stray] : *strays)
    next = std::min(next, stray_due(stray.look, house->looking));
  return next;
}

void supervisor_state::ask_about(slot_entry& entry) {
  look_into question;
  question.kind = entry.has_name() ? look_kind::known : look_kind::search;
  question.attempt = {business, entry.job, entry.token};
  question.sid = entry.sid();
  question.to = entry.phone();
  if (const auto from = entry.from()) {
    question.from = {from};
  } else {
    question.from = settings.former_caller_ids;
    question.from.push_back(settings.caller_id);
  }
  entry.look.asked_at = house->now();
  entry.look.urgent = false;
  self->send(house->reconciler, question, board);
  if (entry.has_name() || entry.state != slot_state::dialing) return;
  dial_report report;
  report.attempt = question.attempt;
  report.reason = "whether its request was sent is not known";
  doubt(entry, report);
}

void supervisor_state::end_call(slot_entry& entry) {
  entry.look.hang_up_at = house->now();
  ++entry.look.hang_ups;
  self->send(house->carrier,
             hang_up_call{{business, entry.job, entry.token}, entry.sid(), entry.request_text()});
}

void supervisor_state::looked(const look_report& report) {
  if (!loaded) return; // whoever reads the truth asks again
  if (report.sid && strays->count(report.sid) > 0) {
    stray_looked(report);
  } else if (auto* entry = book.find(report.attempt.token)) {
    note_answer(entry->look, house->now(), house->looking);
    if (report.sid)
      known_looked(*entry, report);
    else if (!entry->has_name() && !entry->giving_up)
      search_looked(*entry, report);
  }
  look_around();
}

// -- a call with a name --------------------------------------------------------------------------

void supervisor_state::known_looked(slot_entry& entry, const look_report& report) {
  if (!entry.is_named(report.sid)) return;
  if (report.result == look_result::absent) return missing(entry);
  if (report.result != look_result::found || !entry.is_named(report.calls.front().sid)) {
    ++entry.look.retries;
    return;
  }
  entry.look.retries = 0;
  not_missing(entry);
  bool over = is_terminal(report.calls.front().status);
  if (!over && entry.hang_up) end_call(entry); // the carrier did not hear, or not heed, the last
  hear(entry, report.calls.front());
}

/// What the carrier tells when asked is obeyed like a callback.
void supervisor_state::hear(slot_entry& entry, const seen_call& call) {
  auto now = house->now();
  call_event e;
  e.attempt = {business, entry.job, entry.token};
  e.sid = call.sid;
  e.status = call.status;
  e.sequence = entry.sequence;
  e.duration_s = call.duration_s;
  e.answered_by = call.answered_by;
  e.received_at = now;
  if (call.status > entry.progress) entry.note("look", now, to_string(call.status));
  if (is_terminal(call.status)) {
    ++house->count->calls_reconciled;
    if (call.ended_at && *call.ended_at >= entry.dialed_at && *call.ended_at <= now)
      e.received_at = *call.ended_at;
    house->log->warn("[Reconciler] No callback told that the call has ended ({}): the carrier said "
                     "so when asked{}",
                     to_string(call.status),
                     fields(business, entry.run, entry.job, call.sid, entry.request_text()));
  }
  obey_event(entry, e, nobody_waits);
}

/// The carrier knows no call of that name. Just after the create it may not show it yet. Later it
/// proves nothing: it had named the call itself, and with another account's credentials every call
/// looks like that. The slot stays held until a callback or the carrier says more, and people are
/// told; only who set gone_after_s has decided that such a call is over.
void supervisor_state::missing(slot_entry& entry) {
  auto now = house->now();
  ++entry.look.retries;
  if (!entry.look.missing_since) entry.look.missing_since = now;
  auto since = *entry.look.missing_since;
  const auto& gone_after = house->looking.gone_after;
  if (gone_after && now - since >= *gone_after) return gone(entry);
  if (entry.look.alarmed || now - since < house->looking.grace) return;
  entry.look.alarmed = true;
  ++house->count->calls_missing;
  house->log->error("[Reconciler] ALARM: the carrier does not know a call that holds slot {}. It "
                    "stays held{}",
                    entry.slot.value, fields(business, entry));
}

void supervisor_state::not_missing(slot_entry& entry) {
  entry.look.missing_since.reset();
  if (!std::exchange(entry.look.alarmed, false)) return;
  ++house->count->calls_missing_settled;
}

void supervisor_state::gone(const slot_entry& entry) {
  house->log->error("[Reconciler] ALARM: the carrier has not known the call for so long that it "
                    "counts as ended (gone_after_s){}",
                    fields(business, entry));
  finish_call fact;
  fact.attempt = {business, entry.job, entry.token};
  fact.outcome = call_outcome::in_doubt;
  fact.sid = entry.sid();
  fact.error = "the carrier does not know this call any more";
  fact.course = entry.course();
  fact.ended_at = house->now();
  write(fact, [this, token = entry.token](write_result) {
    release(token, false, {}, job_status::failed, "failed");
  });
}

// -- a call without a name -----------------------------------------------------------------------

void supervisor_state::search_looked(slot_entry& entry, const look_report& report) {
  if (report.result != look_result::listed) {
    ++entry.look.retries;
    return;
  }
  auto open = unbound_calls(report.calls, [this](const call_sid& sid) {
    return book.find(sid) != nullptr || strays->count(sid) > 0;
  });
  if (open.empty()) return absent(entry, report.asked_at);
  // Which of them belong to attempts that have ended?
  recall_attempts question{business, {}, entry.phone(), entry.dialed_at};
  for (const auto& call : open)
    question.since = std::min(question.since, call.created_at.value_or(time_point{}));
  question.since -= request_span;
  auto era = generation;
  auto asked_at = report.asked_at;
  self->request(house->store_of(business), house->dialing.store_patience, question)
      .then(
          [this, era, token = entry.token, open, asked_at](const recall_answer& past) {
            auto* entry = book.find(token);
            if (era != generation || entry == nullptr || entry->has_name() || entry->giving_up)
              return;
            recognise(*entry, open, asked_at, past);
            look_around();
          },
          [](const caf::error&) {}); // asked again in its turn
}

void supervisor_state::recognise(slot_entry& entry, const std::vector<seen_call>& calls,
                                 time_point asked_at, const recall_answer& past) {
  ++entry.look.retries;
  if (past.result != write_result::applied) return;
  auto open = unbound_calls(calls, [&](const call_sid& sid) {
    bool ended = std::any_of(past.attempts.begin(), past.attempts.end(),
                             [&](const past_attempt& attempt) { return attempt.sid == sid; });
    return ended || book.find(sid) != nullptr || strays->count(sid) > 0;
  });
  auto match = match_calls(open, entry.dialed_at, house->looking.skew);
  attempt_ref attempt{business, entry.job, entry.token};
  for (const auto& call : match.doubles)
    stray_found(attempt, call.sid, entry.phone(), "a second call for one attempt", nullptr);
  bool unexplained = false;
  for (const auto& call : match.older) {
    if (const auto* former = attempt_of_stray(past.attempts, call, house->looking.skew))
      stray_found({business, former->job, former->token}, call.sid, entry.phone(),
                  "a call of an attempt that was given up", nullptr);
    else
      unexplained = true;
  }
  if (match.ours) {
    house->log->info("[Reconciler] The call in doubt exists ({}){}", to_string(match.ours->status),
                     fields(business, entry.run, entry.job, match.ours->sid, entry.request_text()));
    entry.look.retries = 0;
    return hear(entry, *match.ours);
  }
  // Somebody's call to this number is up: whatever it is, it is no time to say that there is none.
  if (!unexplained) absent(entry, asked_at);
}

/// A complete list shows no call of this attempt. Proof only if it was asked for after the grace.
void supervisor_state::absent(slot_entry& entry, time_point asked_at) {
  ++entry.look.retries;
  if (!proves_absence(entry.look, asked_at, house->looking)) return;
  ++house->count->calls_proven_absent;
  house->log->warn("[Reconciler] The carrier shows through the whole grace that there never was a "
                   "call for lead={}: {}{}",
                   entry.lead.value,
                   settings.redial_in_doubt ? "its job is queued again" : "its job fails in doubt",
                   fields(business, entry));
  give_up_call(entry,
               settings.redial_in_doubt
                   ? "the carrier proved that there was no call"
                   : "the carrier's answer was lost and it shows no call; not called again, as set "
                     "for this business",
               {}, nullptr);
}

/// There never was a call: the attempt ends, and its job is queued again or fails, as the business
/// has it. `then`: it is committed.
void supervisor_state::give_up_call(slot_entry& entry, const std::string& why, const doer& by,
                                    std::function<void()> then) {
  entry.giving_up = true;
  auto now = house->now();
  attempt_ref attempt{business, entry.job, entry.token};
  // Stale can't be but by somebody else's hand: then only the database knows what is true.
  auto settle = [this, token = entry.token, now, then](write_result result, bool requeued) {
    if (result != write_result::applied)
      return reload("a call that never was could not be given up");
    release(token, requeued, now, requeued ? job_status::queued : job_status::failed,
            requeued ? "" : "in_doubt");
    if (then) then();
  };
  if (settings.redial_in_doubt) {
    requeue_call fact{attempt, now, now, true, why, by, entry.course()};
    return write(fact, [settle](write_result result) { settle(result, true); });
  }
  finish_call fact;
  fact.attempt = attempt;
  fact.outcome = call_outcome::in_doubt;
  fact.error = why;
  fact.ended_at = now;
  fact.by = by;
  fact.course = entry.course();
  write(fact, [settle](write_result result) { settle(result, false); });
}

} // namespace ringmaster
