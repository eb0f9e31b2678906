// What is asked of one business's supervisor (through the switchboard), what it and its run actors
// say to each other, and what the event feed hears.
#pragma once

#include "actors/carrier_messages.hpp"

namespace ringmaster {

// -- from the API and the console, by way of the switchboard ------------------------------------

/// A run was committed: take it up.
struct run_created {
  business_id business;
  run_id run;
};

enum class run_order { pause, resume, stop };

struct order_run {
  business_id business;
  run_id run;
  run_order order = run_order::pause;
  bool hang_up = false; ///< with stop: end the live calls too
  doer by{};
};

/// Given when nothing can start any more that the order forbids.
struct order_answer {
  write_result result = write_result::unavailable; ///< stale: not possible in `status`
  run_status status = run_status::pending;
};

struct call_directly {
  business_id business;
  std::vector<lead_id> leads; ///< 1..3
  doer by{};
};

struct direct_job {
  lead_id lead;
  job_id job;
  job_status status = job_status::dialing;
};

struct call_directly_answer {
  enum class verdict { started, slots_full, refused, paced, suspended, unavailable };
  verdict result = verdict::unavailable;
  std::vector<direct_job> calls;
  std::int32_t active = 0;
  std::int32_t limit = 0;
  std::string refusal_code, refusal; ///< with refused
  std::int32_t refused_index = -1;
};

/// The business's settings or slots were changed in the database: read them again. Answered when
/// nothing can start any more that a suspension forbids.
struct settings_changed {
  business_id business;
};

/// A lead was barred or deleted, or has another number, and that is committed. Answered when no
/// call to it can start any more that was claimed before.
struct lead_changed {
  business_id business;
  lead_id lead;
};

struct slots_query {
  business_id business;
};

/// What a person at the console may do with a business by hand.
enum class hand_work {
  look_now,    ///< ask the carrier about every call now
  read_again,  ///< start over from the database
  adopt,       ///< this call in doubt is that call of the carrier
  never_placed ///< this call in doubt never was
};

struct by_hand {
  business_id business;
  hand_work what = hand_work::look_now;
  job_id job;   ///< of a call in doubt
  call_sid sid; ///< with adopt
  doer by{};
};

struct by_hand_answer {
  bool done = false;
  std::string told; ///< for the person: what follows, or why not
};

enum class slot_state : std::uint8_t { free, reserved, dialing, calling, in_doubt };

inline const char* to_string(slot_state s) {
  switch (s) {
  case slot_state::free:
    return "free";
  case slot_state::reserved: // its call is about to be dialled
  case slot_state::dialing:
    return "dialing";
  case slot_state::calling:
    return "calling";
  case slot_state::in_doubt:
    return "in_doubt";
  }
  return "?";
}

struct slot_view {
  slot_number slot;
  slot_state state = slot_state::free;
  time_point since;
  job_id job;
  run_id run;
  lead_id lead;
  call_sid sid;
  carrier_status progress = carrier_status::queued;
  std::int32_t attempt = 0;
  caf::optional<time_point> answered_at;
  phone_number phone;
  std::string first_name, last_name;
  std::string course{}; ///< only where the slots were asked for
};

struct slots_answer {
  bool ok = false;
  std::int32_t limit = 0;
  std::vector<slot_view> slots;
};

struct acknowledged {
  bool ok = true;
};

// -- between a supervisor and its run actors ----------------------------------------------------

/// A run wants one more slot. One message, one slot, in fair order.
struct slot_request {
  run_id run;
};
/// A slot may be granted while the call before is ending: its end is on its way into the database,
/// ahead of any claim for that slot.
struct slot_granted {
  slot_number slot;
  job_id after{}; ///< not asked for: the slot of this job of the run, whose call is ending
};
/// Why a granted slot comes back unused.
enum class return_reason {
  not_needed,   ///< paused, stopped, nothing left, or the store could not serve
  number_busy,  ///< tell me (number_freed) when a call of the business has ended
  slot_refused, ///< the database holds the slot taken: the book is wrong
  slot_closed,  ///< the database has this slot no more: the limit was lowered
  suspended     ///< the database holds the business suspended
};
struct slot_returned {
  run_id run;
  slot_number slot;
  return_reason why = return_reason::not_needed;
};
/// The claim was committed: bind the slot to it and place the call.
struct call_claimed {
  run_id run;
  slot_number slot;
  dial_token token;
  claim_answer call;
  bool more = false; ///< other leads wait for a slot
};
/// To the run: the job's attempt left its slot; `requeued` when the job waits for another attempt.
struct call_ended {
  job_id job;
  bool requeued = false;
  time_point next_attempt_at;
};
/// To the run: a call of the business has ended; a number that was busy may be free.
struct number_freed {};
/// To the run: jobs were queued behind its back (called once more on a person's word): look again.
struct jobs_added {};
/// To the run: the carrier refuses our requests for a reason that no other lead will mend.
struct run_misconfigured {
  std::string reason;
};

/// To the supervisor: the run is over (or the direct lane is empty); its actor ends.
struct run_ended {
  run_id run;
  std::uint64_t heard = 0; ///< how many jobs_added and call_ended it has had
};
/// To the supervisor: a handler of the run's actor broke on `job`; the actor ends and is restarted.
struct run_failing {
  run_id run;
  job_id job;       ///< the job it had in hand; none: not about one job
  dial_token token; ///< set: that job was claimed with it and not placed
  std::string what;
};

// -- between the switchboard and the supervisors -------------------------------------------------

struct start_work {};
/// The ownership was lost and is ours again: somebody else may have worked meanwhile, so whatever
/// is known must be read again.
struct ownership_retaken {};
/// To a supervisor, from time to time: it answers by a leave_request if it may go.
struct idle_query {};
/// A supervisor has nothing to do. It goes on serving until leave_granted comes.
struct leave_request {
  business_id business;
  std::uint64_t actor = 0; ///< its id: by now the business may have another one
  std::uint64_t heard = 0; ///< how many messages it has had from the switchboard
};
/// To the switchboard itself: the rest after a supervisor's crash is over.
struct supervisor_due {
  business_id business;
};
/// The supervisor has heard all that was sent to it, and is not known any more: it may end.
struct leave_granted {};
/// To the switchboard: a supervisor has ended.
struct supervisor_lost {
  business_id business;
  std::uint64_t actor = 0; ///< its id, likewise
  bool broke = false;      ///< the server's end did not end it
  std::string why;
};
/// To the switchboard itself: a part of the supervisors is to be asked whether they are idle.
struct idle_round {};

// -- the event feed ------------------------------------------------------------------------------

enum class happening { slot, job, run };

/// A job's event says where its call stands, whole, so that a later one replaces an earlier one.
/// A slot event: the slots are others now (the limit was changed, the truth was read again), look
/// anew.
struct event {
  happening what = happening::job;
  business_id business;
  run_id run;         ///< whose it is, or what it is about; none: a direct call
  std::string state;  ///< slot_state, carrier, job or run status in words
  std::string detail; ///< of an ended call: its outcome
  time_point at;
  // Of a job: what is behind the words.
  job_status job_now = job_status::dialing;
  slot_view call; ///< its state is free: the call has left that slot
};

/// What a listener wants to hear: one business, or all (none).
struct subscription {
  business_id business;
};
/// It does not want to hear of that any more.
struct unsubscription {
  business_id business;
};

} // namespace ringmaster
