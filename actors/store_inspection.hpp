// How CAF prints and checks the store's messages: every field of each. Included by
// store_messages.hpp.
#pragma once

#include "actors/store_messages.hpp"

#include <caf/meta/type_name.hpp>

namespace ringmaster {

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, attempt_ref& x) {
  return f(caf::meta::type_name("attempt_ref"), x.business, x.job, x.token);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, claim_job& x) {
  return f(caf::meta::type_name("claim_job"), x.business, x.run, x.job, x.slot, x.token, x.at);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, claim_answer& x) {
  return f(caf::meta::type_name("claim_answer"), x.result, x.job, x.lead, x.phone, x.attempt,
           x.not_before, x.first_name, x.last_name, x.external_id, x.notes, x.request, x.course);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, direct_call_order& x) {
  return f(caf::meta::type_name("direct_call_order"), x.lead, x.slot, x.token);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, open_direct_calls& x) {
  return f(caf::meta::type_name("open_direct_calls"), x.business, x.orders, x.at, x.by);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, open_direct_answer& x) {
  return f(caf::meta::type_name("open_direct_answer"), x.result, x.calls, x.refusal_code, x.refusal,
           x.refused_index);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, mark_calling& x) {
  return f(caf::meta::type_name("mark_calling"), x.attempt, x.sid, x.at, x.by, x.course);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, mark_in_doubt& x) {
  return f(caf::meta::type_name("mark_in_doubt"), x.attempt, x.at, x.reason);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, finish_call& x) {
  return f(caf::meta::type_name("finish_call"), x.attempt, x.status, x.outcome, x.sid, x.error,
           x.ended_at, x.answered_at, x.duration_s, x.by, x.course);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, requeue_call& x) {
  return f(caf::meta::type_name("requeue_call"), x.attempt, x.at, x.next_attempt_at, x.counts,
           x.reason, x.by, x.course);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, fail_job& x) {
  return f(caf::meta::type_name("fail_job"), x.business, x.job, x.error, x.at);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, write_answer& x) {
  return f(caf::meta::type_name("write_answer"), x.result);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, control_run& x) {
  return f(caf::meta::type_name("control_run"), x.business, x.run, x.verb, x.at, x.reason, x.by,
           x.hang_up);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, run_counts& x) {
  return f(caf::meta::type_name("run_counts"), x.total, x.queued, x.dialing, x.calling, x.completed,
           x.failed, x.cancelled);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, control_answer& x) {
  return f(caf::meta::type_name("control_answer"), x.result, x.status, x.counts);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, next_jobs& x) {
  return f(caf::meta::type_name("next_jobs"), x.business, x.run, x.after, x.limit, x.now);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, job_page& x) {
  return f(caf::meta::type_name("job_page"), x.ok, x.jobs, x.end, x.next_due_at);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, business_settings& x) {
  return f(caf::meta::type_name("business_settings"), x.caller_id, x.max_outbound_calls,
           x.default_script, x.ring_timeout_s, x.suspended, x.redial_in_doubt, x.former_caller_ids);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, live_call& x) {
  return f(caf::meta::type_name("live_call"), x.job, x.run, x.lead, x.slot, x.token, x.sid,
           x.status, x.phone, x.attempt, x.since, x.dialed_at, x.in_doubt_since, x.first_name,
           x.last_name, x.external_id, x.notes, x.request, x.course);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, live_stray& x) {
  return f(caf::meta::type_name("live_stray"), x.attempt, x.sid, x.phone, x.found_at);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, keep_stray& x) {
  return f(caf::meta::type_name("keep_stray"), x.attempt, x.sid, x.phone, x.reason, x.found_at,
           x.ended_at);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, recall_attempts& x) {
  return f(caf::meta::type_name("recall_attempts"), x.business, x.job, x.phone, x.since);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, past_attempt& x) {
  return f(caf::meta::type_name("past_attempt"), x.job, x.token, x.sid, x.outcome, x.started_at);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, recall_answer& x) {
  return f(caf::meta::type_name("recall_answer"), x.result, x.attempts, x.phone, x.token, x.sid,
           x.request);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, open_run& x) {
  return f(caf::meta::type_name("open_run"), x.run, x.status, x.concurrency, x.script,
           x.selection_open, x.first_job, x.request, x.hang_up);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, load_business& x) {
  return f(caf::meta::type_name("load_business"), x.business);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, business_truth& x) {
  return f(caf::meta::type_name("business_truth"), x.result, x.settings, x.slots, x.live, x.strays,
           x.runs, x.direct_waiting);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, load_run& x) {
  return f(caf::meta::type_name("load_run"), x.business, x.run);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, run_truth& x) {
  return f(caf::meta::type_name("run_truth"), x.result, x.run);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, close_slots& x) {
  return f(caf::meta::type_name("close_slots"), x.business);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, find_work&) {
  return f(caf::meta::type_name("find_work"));
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, work_answer& x) {
  return f(caf::meta::type_name("work_answer"), x.ok, x.businesses);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, materialise_page& x) {
  return f(caf::meta::type_name("materialise_page"), x.business, x.run, x.limit, x.at);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, cancel_page& x) {
  return f(caf::meta::type_name("cancel_page"), x.business, x.run, x.limit, x.at);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, page_answer& x) {
  return f(caf::meta::type_name("page_answer"), x.result, x.changed, x.more);
}

} // namespace ringmaster
