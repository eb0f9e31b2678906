// The way of a call through its supervisor: placed, named, under way, ended.
#include "actors/business_supervisor.hpp"
#include "actors/carrier_rules.hpp"
#include "actors/log_lines.hpp"

#include <spdlog/spdlog.h>

namespace ringmaster {

void supervisor_state::place(slot_entry& entry) {
  place_call call;
  call.attempt = {business, entry.job, entry.token};
  call.to = entry.phone();
  call.from = settings.caller_id;
  call.ring_timeout_s = settings.ring_timeout_s;
  call.send_before = house->now() + house->dialing.send_deadline;
  call.request = entry.request_text();
  maybe_sent.insert(entry.token);
  entry.texts.set(call_texts::from, call.from.value);
  entry.look.sent_by = call.send_before;
  entry.note("post", house->now());
  self->send(house->carrier, call, board);
  arm(shortest_wait(seconds{settings.ring_timeout_s}, house->looking));
  measure_gap(entry);
}

void supervisor_state::reported(const dial_report& report) {
  if (!loaded) {
    early_reports.own().push_back(report);
    return;
  }
  auto* entry = book.find(report.attempt.token);
  if (entry == nullptr) {
    // Its end was told before the request's answer, or it was given up.
    if (report.verdict == dial_verdict::placed) suspect(report.attempt, report.sid, nullptr);
    return;
  }
  if (report.http_status > 0)
    entry->note("answer", house->now(), std::to_string(report.http_status));
  switch (report.verdict) {
  case dial_verdict::placed:
    if (entry->has_name() && !entry->is_named(report.sid))
      return stray_found(report.attempt, report.sid, entry->phone(),
                         "a second call for one attempt", nullptr);
    if (!prefixes.empty()) prefixes.own().allowed(entry->phone());
    return named(*entry, report.sid, [](write_result) {});
  case dial_verdict::number_fatal:
  case dial_verdict::config_fatal:
    return fail(*entry, report);
  case dial_verdict::prefix_refused:
    return wait_for_prefix(*entry, report);
  case dial_verdict::requeue:
  case dial_verdict::not_sent:
    return requeue(*entry, report);
  case dial_verdict::in_doubt:
    return doubt(*entry, report);
  }
}

/// The call has a name: by the request's answer or by its first callback, whichever comes first.
void supervisor_state::named(const slot_entry& known, const call_sid& sid,
                             std::function<void(write_result)> then, std::function<void()> owing) {
  auto* entry = book.find(known.slot);
  bool first = !entry->has_name() && sid;
  if (first) {
    entry->name(sid);
    house->log->info("[BulkCall] Started call for lead={} job={} call_sid={} to={}{}",
                     entry->lead.value, entry->job.value, sid.value, masked(entry->phone()),
                     fields(business, entry->run, {}, {}, entry->request_text()));
    if (entry->hang_up) end_call(*entry);
  }
  if (entry->state == slot_state::calling) return then(write_result::applied);
  attempt_ref attempt{business, entry->job, entry->token};
  auto settled = [this, attempt, then](write_result result) {
    auto* entry = book.find(attempt.token);
    // Stale: its end is on its way from the store, or was told already.
    if (result == write_result::applied && entry != nullptr &&
        entry->state != slot_state::calling) {
      entry->state = slot_state::calling;
      tell(*entry, "calling");
      tell_gauge();
    }
    then(result);
  };
  write(mark_calling{attempt, entry->sid(), house->now(), {}, entry->course()}, settled, owing);
}

void supervisor_state::fail(const slot_entry& entry, const dial_report& report) {
  house->log->warn("[BulkCall] Call refused for lead={}: {}{}", entry.lead.value, report.reason,
                   fields(business, entry));
  auto line = runs->find(entry.run);
  if (report.verdict == dial_verdict::config_fatal && entry.run && line != runs->end())
    self->send(line->second.actor, run_misconfigured{report.reason});
  finish_call fact;
  fact.attempt = report.attempt;
  fact.status = job_status::failed;
  fact.outcome = call_outcome::failed;
  fact.error = report.reason;
  fact.ended_at = house->now();
  fact.course = entry.course();
  write(fact, [this, token = report.attempt.token](write_result) {
    release(token, false, {}, job_status::failed, std::string{to_string(call_outcome::failed)});
  });
}

void supervisor_state::requeue(const slot_entry& entry, const dial_report& report) {
  ++house->count->calls_requeued;
  house->log->info("[BulkCall] Call not placed for lead={}, waits for another attempt: {}{}",
                   entry.lead.value, report.reason, fields(business, entry));
  auto now = house->now();
  requeue_call fact{report.attempt,
                    now,
                    now + report.retry_after,
                    false,
                    report.reason,
                    {},
                    put_back_course(entry, report.reason)};
  write(fact, [this, fact](write_result) {
    release(fact.attempt.token, true, fact.next_attempt_at, job_status::queued, {});
  });
}

std::optional<time_point> supervisor_state::prefix_paused(const phone_number& phone) {
  if (prefixes.empty()) return std::nullopt;
  return prefixes.own().paused(phone, house->now());
}

/// The whole country is refused: its leads wait for that to be mended, and are not burnt one by
/// one.
void supervisor_state::wait_for_prefix(const slot_entry& entry, dial_report report) {
  auto now = house->now();
  auto until = prefixes.own().refused(entry.phone(), now);
  if (!until) return fail(entry, report);
  report.retry_after = std::chrono::ceil<milliseconds>(*until - now);
  house->log->error("[Carrier] Numbers {}… are refused ({}): they wait {} s. Allow the country at "
                    "the carrier, or stop the run{}",
                    calling_prefix(entry.phone()), report.reason, report.retry_after.count() / 1000,
                    fields(business, entry.run));
  requeue(entry, report);
}

void supervisor_state::doubt(const slot_entry& entry, const dial_report& report) {
  if (entry.has_name()) return; // a callback has named it meanwhile: it exists
  ++house->count->calls_in_doubt;
  house->log->warn("[BulkCall] Call in doubt for lead={}: {}. Its slot is kept{}", entry.lead.value,
                   report.reason, fields(business, entry));
  mark_in_doubt fact{report.attempt, house->now(), report.reason};
  write(fact, [this, token = report.attempt.token](write_result result) {
    auto* entry = book.find(token);
    if (result != write_result::applied || entry == nullptr) return;
    if (entry->state != slot_state::dialing) return;
    entry->state = slot_state::in_doubt;
    entry->look.news_at = house->now();
    tell(*entry, "in_doubt");
    look_around();
  });
}

caf::result<event_answer> supervisor_state::happened(const call_event& e) {
  if (!loaded) return event_answer{event_result::unavailable};
  auto* entry = book.find(e.attempt.token);
  auto promise = self->make_response_promise<event_answer>();
  bool fits = entry != nullptr && entry->job == e.attempt.job;
  auto answer = [reply = once<event_answer>(promise),
                 request = fits ? entry->request_text() : std::string{}](event_answer told) {
    if (told.request.empty()) told.request = request;
    reply(std::move(told));
  };
  if (!fits || (entry->has_name() && !entry->is_named(e.sid))) {
    if (is_terminal(e.status) && strays->count(e.sid) > 0)
      stray_ended(e.sid, std::string{to_string(e.status)}, answer);
    else if (is_terminal(e.status))
      answer({event_result::stale});
    else
      suspect(e.attempt, e.sid, answer);
    return promise;
  }
  if (entry->giving_up) {
    answer({event_result::unavailable}); // it comes again when that is settled
    return promise;
  }
  entry->note(to_string(e.status), e.received_at, std::to_string(e.sequence));
  entry->look.news_at = house->now();
  entry->look.retries = 0;
  entry->look.urgent = false;
  not_missing(*entry);
  obey_event(*entry, e, answer);
  return promise;
}

void supervisor_state::obey_event(slot_entry& known, const call_event& e,
                                  const std::function<void(event_answer)>& answer) {
  auto* entry = &known;
  if (!e.answered_by.empty()) entry->by_machine = is_machine(e.answered_by);
  if (is_terminal(e.status)) {
    return finish(*entry, e, answer);
  }
  // Progress only ever goes forward, in whatever order its news arrive.
  if (e.status > entry->progress) {
    entry->progress = e.status;
    entry->sequence = std::max(entry->sequence, e.sequence);
    if (e.status == carrier_status::in_progress) entry->answered_at = e.received_at;
    tell(*entry, std::string{to_string(e.status)});
  }
  named(
      *entry, e.sid, [answer](write_result) { answer({event_result::committed}); },
      [answer] { answer({event_result::unavailable}); });
}

void supervisor_state::finish(const slot_entry& entry, const call_event& e,
                              const std::function<void(event_answer)>& answer) {
  // One that rang is over for this person, whatever the carrier says of the reason.
  if (refused_late(e.status, e.error_code) && entry.progress < carrier_status::ringing)
    return put_back_failed(entry, e, answer);
  finish_call fact;
  fact.attempt = e.attempt;
  fact.outcome = outcome_of(e.status, entry.by_machine);
  fact.status = job_status_of(*fact.outcome);
  fact.sid = e.sid;
  fact.ended_at = e.received_at;
  if (entry.answered_at) fact.answered_at = *entry.answered_at;
  fact.duration_s = e.duration_s;
  fact.course = entry.course();
  if (!e.sip_code.empty() && fact.status == job_status::failed) fact.error = "SIP " + e.sip_code;
  if (e.error_code != 0 && fact.status == job_status::failed)
    fact.error = "carrier error " + std::to_string(e.error_code);
  auto settled = [this, token = e.attempt.token, sid = e.sid, status = fact.status,
                  outcome = *fact.outcome, heard_at = e.received_at, answer](write_result) {
    if (auto* ended = book.find(token)) {
      ended->name(sid);
      note_freed(ended->slot, heard_at);
    }
    release(token, false, {}, status, std::string{to_string(outcome)});
    answer({event_result::committed});
  };
  write(fact, settled, [answer] { answer({event_result::unavailable}); });
  if (auto* ending = book.find(e.attempt.token)) grant_early(*ending);
}

/// The account had no room for a call that it had accepted: it is placed again, and all more
/// slowly.
void supervisor_state::put_back_failed(const slot_entry& entry, const call_event& e,
                                       const std::function<void(event_answer)>& answer) {
  constexpr seconds pause{1}; // the carrier's own back-off is what takes long
  auto now = house->now();
  auto why = "carrier error " + std::to_string(e.error_code) + ", told after the call was accepted";
  ++house->count->calls_requeued;
  house->log->info(
      "[BulkCall] Call failed before it rang for lead={}, waits for another attempt: {}{}",
      entry.lead.value, why, fields(business, entry.run, entry.job, e.sid, entry.request_text()));
  self->send(house->carrier, account_crowded{});
  // Its name is written down first: the next attempt must not take this call for its own.
  named(entry, e.sid, [](write_result) {});
  requeue_call fact{e.attempt, now, now + pause, true, why, {}, entry.course()};
  auto settled = [this, fact, answer](write_result) {
    release(fact.attempt.token, true, fact.next_attempt_at, job_status::queued);
    answer({event_result::committed});
  };
  write(fact, settled, [answer] { answer({event_result::unavailable}); });
}

/// The attempt is over in the database: its slot is free for the next.
void supervisor_state::release(const dial_token& token, bool requeued, time_point next_attempt_at,
                               job_status job_now, const std::string& detail) {
  auto* entry = book.find(token);
  if (entry == nullptr) return; // told twice; the first did it
  if (!requeued) {
    ++house->count->calls_ended;
    auto outcome = call_outcome_from(detail);
    ++(outcome ? house->count->ended_as[static_cast<std::size_t>(*outcome)]
               : house->count->ended_cancelled);
  }
  idle_since = house->now();
  not_missing(*entry);
  tell_left(*entry, job_now, detail);
  auto run = entry->run;
  auto job = entry->job;
  const auto slot = entry->slot;
  maybe_sent.erase(token);
  if (entry->has_name())
    lately_ended.own().add(token, entry->sid(), entry->request,
                           requeued ? ended_calls::keep::on : ended_calls::keep::a_while,
                           house->now());
  if (book.inherit(slot, house->now()))
    begin_gap(slot);
  else
    vacate(slot);
  if (runs->count(run) > 0)
    tell_run(run, call_ended{job, requeued, next_attempt_at});
  else if (requeued && !run)
    direct_lane();
  wake_number_waiters();
  fill_slots();
  tell_gauge();
}

caf::result<script_answer> supervisor_state::script_for(const script_query& query) {
  script_answer answer;
  if (!loaded) return answer;
  auto* entry = book.find(query.attempt.token);
  if (entry == nullptr || entry->job != query.attempt.job || entry->giving_up ||
      (entry->has_name() && !entry->is_named(query.sid))) {
    suspect(query.attempt, query.sid, nullptr);
    answer.result = event_result::stale; // it is hung up as soon as it is answered
    return answer;
  }
  entry->note("script", query.received_at);
  if (!query.answered_by.empty()) entry->by_machine = is_machine(query.answered_by);
  if (entry->progress < carrier_status::in_progress) {
    entry->progress = carrier_status::in_progress;
    entry->answered_at = query.received_at;
    tell(*entry, "in-progress");
  }
  // The name is committed by itself: the callee does not wait for it.
  named(*entry, query.sid, [](write_result) {});
  entry = book.find(query.attempt.token);
  answer.result = event_result::committed;
  auto run = runs->find(entry->run);
  if (run != runs->end()) answer.script = run->second.script;
  if (answer.script.empty()) answer.script = settings.default_script;
  answer.caller_id = settings.caller_id;
  answer.phone = entry->phone();
  answer.first_name = entry->text(call_texts::first_name);
  answer.last_name = entry->text(call_texts::last_name);
  answer.external_id = entry->text(call_texts::external_id);
  answer.notes = entry->text(call_texts::notes);
  answer.request = entry->request_text();
  return answer;
}

} // namespace ringmaster
