// What is said to the store and what it answers. Every request about a business goes to the one
// store connection that its shard is pinned to, and is answered after the commit, in order. `by`
// names the person or key that wants a change, for the audit; empty when nobody does.
#pragma once

#include "actors/clock.hpp"
#include "actors/doer.hpp"
#include "actors/ids.hpp"
#include "actors/states.hpp"

#include <caf/optional.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace ringmaster {

/// Names one attempt to call one job's lead.
struct attempt_ref {
  business_id business;
  job_id job;
  dial_token token;
};

/// How a write was received.
enum class write_result {
  applied,     ///< committed
  stale,       ///< another attempt, a terminal job or an impossible transition: nothing changed
  fenced,      ///< this process no longer owns the shard: nothing changed, stop working on it
  unavailable, ///< the database can't be reached: certainly not applied, ask again later
  unknown,     ///< lost while committing and not found out: re-read the truth before going on
  refused      ///< the database refuses it as wrong: nothing changed, somebody must look
};

// -- claim -----------------------------------------------------------------------------------

/// Takes `slot` for `job` before its lead is dialled: queued -> dialing, one commit.
struct claim_job {
  business_id business;
  run_id run; ///< none: a direct call that waits to be dialled again
  job_id job;
  slot_number slot;
  dial_token token; ///< fresh for each claim
  time_point at;
};

enum class claim_result {
  claimed,
  number_busy,      ///< another live call of the business has this number; the job stays queued
  not_queued,       ///< claimed, ended or cancelled by someone else: forget it
  not_due,          ///< next_attempt_at lies ahead; the job stays queued
  run_not_running,  ///< paused, stopped or ended; the job stays as it is
  lead_unavailable, ///< the lead was deleted or must not be called; the job is now cancelled
  business_suspended,
  slot_closed,  ///< the limit was lowered and this slot is gone; the job stays queued
  slot_refused, ///< the database holds this slot taken: the actor's book was wrong
  fenced,
  unavailable,
  unknown
};

/// The answer to claim_job: all that is needed to place the call.
struct claim_answer {
  claim_result result = claim_result::unavailable;
  job_id job;
  lead_id lead;
  phone_number phone;
  std::int32_t attempt = 0; ///< 1 for the first
  time_point not_before;    ///< with not_due
  // What a script may speak of.
  std::string first_name, last_name, external_id, notes;
  std::string request; ///< the job's own; empty: its run's
  std::string course;  ///< of earlier attempts that were put back
};

// -- direct calls ----------------------------------------------------------------------------

struct direct_call_order {
  lead_id lead;
  slot_number slot;
  dial_token token;
};

/// Creates jobs without a run, already dialing, all in one commit or none.
struct open_direct_calls {
  business_id business;
  std::vector<direct_call_order> orders; ///< 1..3
  time_point at;
  doer by{};
};

struct open_direct_answer {
  write_result result = write_result::unavailable;
  std::vector<claim_answer> calls; ///< in the order of the orders, when applied
  std::string refusal_code;        ///< with stale: "lead_not_found", "number_busy", …
  std::string refusal;             ///< with stale: the sentence
  std::int32_t refused_index = -1; ///< with stale: which order
};

// -- the way of a call -----------------------------------------------------------------------

/// The carrier has given the call its name: dialing -> calling; clears in-doubt.
struct mark_calling {
  attempt_ref attempt;
  call_sid sid;
  time_point at;
  doer by{};
  std::string course{}; ///< so far; empty: as it is stored
};

/// The carrier was asked for a call and we can't tell whether it exists. Keeps the slot.
struct mark_in_doubt {
  attempt_ref attempt;
  time_point at;
  std::string reason;
};

/// A fact: the call ended (or can't come to be). Frees the slot in the same commit.
struct finish_call {
  attempt_ref attempt;
  job_status status = job_status::failed; ///< completed, failed or cancelled
  caf::optional<call_outcome> outcome;
  call_sid sid; ///< none when the call never got one
  std::string error;
  time_point ended_at;
  caf::optional<time_point> answered_at;
  std::int32_t duration_s = 0; ///< talk time
  doer by{};
  std::string course{}; ///< the whole; empty: as it is stored
};

/// A fact: this attempt did not become a call. Frees the slot; the job waits for another attempt.
struct requeue_call {
  attempt_ref attempt;
  time_point at;
  time_point next_attempt_at;
  bool counts = false; ///< false: waiting for capacity or pace is not an attempt
  std::string reason;
  doer by{};
  std::string course{}; ///< so far; empty: as it is stored
};

/// A job that can't be worked on at all (a fault of ours on this one record): queued -> failed.
struct fail_job {
  business_id business;
  job_id job;
  std::string error;
  time_point at;
};

/// A call that rings outside the ledger, or (with ended_at) has ended. Takes one call from the
/// business's limit, also beyond a restart, until it has ended.
struct keep_stray {
  attempt_ref attempt;
  call_sid sid;
  phone_number phone;
  std::string reason;
  time_point found_at;
  caf::optional<time_point> ended_at;
};

struct write_answer {
  write_result result = write_result::unavailable;
};

// -- attempts of the past ---------------------------------------------------------------------

/// Asks for the ended attempts of a job, or of a number of the business (started since then).
struct recall_attempts {
  business_id business;
  job_id job; ///< none: by number
  phone_number phone;
  time_point since;
};

struct past_attempt {
  job_id job;
  dial_token token;
  call_sid sid;                        ///< none: it never got one
  caf::optional<call_outcome> outcome; ///< none: it was given up and its job queued again
  time_point started_at;
};

struct recall_answer {
  write_result result = write_result::unavailable; ///< applied: read
  std::vector<past_attempt> attempts;
  // The job as it is, when asked by job; no number: there is no such job.
  phone_number phone;
  dial_token token;
  call_sid sid;
  std::string request;
};

// -- runs ------------------------------------------------------------------------------------

enum class run_verb {
  start,    ///< pending -> running
  pause,    ///< running -> paused
  resume,   ///< paused -> running
  stop,     ///< not ended -> cancelled; queued jobs follow in pages (cancel_page)
  complete, ///< running -> completed, only if no job of it is queued or live
  fail,     ///< not ended -> failed, with `reason`; queued jobs follow like with stop
  close     ///< an ended run with nothing queued or live needs no actor any more
};

struct control_run {
  business_id business;
  run_id run;
  run_verb verb = run_verb::start;
  time_point at;
  std::string reason;
  doer by{};
  bool hang_up = false; ///< with pause and stop: its live calls are to end, too
};

struct run_counts {
  std::int64_t total = 0, queued = 0, dialing = 0, calling = 0, completed = 0, failed = 0,
               cancelled = 0;
};

struct control_answer {
  write_result result = write_result::unavailable; ///< stale: the run is not in a fitting status
  run_status status = run_status::pending;         ///< as it is now
  run_counts counts;
};

/// Asks for the next queued jobs of a run (or of the direct lane, run none) that are due.
struct next_jobs {
  business_id business;
  run_id run;
  job_id after; ///< jobs with a larger id
  std::int32_t limit = 0;
  time_point now;
};

struct job_page {
  bool ok = false; ///< false: the database could not be asked
  std::vector<job_id> jobs;
  bool end = false;                      ///< nothing queued lies behind the last of these
  caf::optional<time_point> next_due_at; ///< the earliest queued job that is not due yet
};

// -- the truth at start ----------------------------------------------------------------------

struct business_settings {
  phone_number caller_id;
  std::int32_t max_outbound_calls = 3;
  std::string default_script; ///< JSON; empty: none
  std::int32_t ring_timeout_s = 60;
  bool suspended = false;
  bool redial_in_doubt = true; ///< false: proof of absence fails the job with outcome in_doubt
  std::vector<phone_number> former_caller_ids; ///< calls may still be listed under these
};

struct live_call {
  job_id job;
  run_id run;
  lead_id lead;
  slot_number slot;
  dial_token token;
  call_sid sid;
  job_status status = job_status::dialing;
  phone_number phone;
  std::int32_t attempt = 0;
  time_point since;
  time_point dialed_at; ///< when it was claimed: no request for it was sent earlier
  caf::optional<time_point> in_doubt_since;
  std::string first_name, last_name, external_id, notes;
  std::string request, course;
};

/// A call outside the ledger that may still ring.
struct live_stray {
  attempt_ref attempt; ///< whose call it was
  call_sid sid;
  phone_number phone;
  time_point found_at;
};

struct open_run {
  run_id run;
  run_status status = run_status::pending;
  std::int32_t concurrency = 3;
  std::string script;          ///< JSON; empty: the business's default
  bool selection_open = false; ///< jobs are still to be made from its selection
  job_id first_job;            ///< where a scan for queued jobs may start
  std::string request;         ///< the API's request that ordered it
  bool hang_up = false;        ///< paused or ended: its live calls were ordered to end
};

/// Reads all that a supervisor must know. Ordered behind every earlier write of the business.
struct load_business {
  business_id business;
};

struct business_truth {
  write_result result = write_result::unavailable; ///< applied: read; stale: no such business
  business_settings settings;
  std::vector<slot_number> slots; ///< open ones and those that close when their call ends
  std::vector<live_call> live;
  std::vector<live_stray> strays;
  std::vector<open_run> runs;  ///< every run that still needs an actor
  bool direct_waiting = false; ///< direct calls are queued (for another attempt)
};

/// Reads one run as load_business would tell it.
struct load_run {
  business_id business;
  run_id run;
};

struct run_truth {
  write_result result = write_result::unavailable; ///< stale: no such open run
  open_run run;
};

/// Removes slots above the limit that hold no call.
struct close_slots {
  business_id business;
};

/// Asks which businesses have anything open: live calls, open runs, waiting direct calls.
struct find_work {};

struct work_answer {
  bool ok = false;
  std::vector<business_id> businesses;
};

// -- in pages, on the bulk connections -------------------------------------------------------

/// Turns the next part of a run's selection into queued jobs.
struct materialise_page {
  business_id business;
  run_id run;
  std::int32_t limit = 0;
  time_point at;
};

/// Cancels the next part of an ended run's queued jobs.
struct cancel_page {
  business_id business;
  run_id run;
  std::int32_t limit = 0;
  time_point at;
};

struct page_answer {
  write_result result = write_result::unavailable;
  std::int32_t changed = 0;
  bool more = false;
};

} // namespace ringmaster
