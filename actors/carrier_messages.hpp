// What is said to the carrier actor and about calls that the carrier reports on.
#pragma once

#include "actors/store_messages.hpp"

namespace ringmaster {

// -- permits: the right to send one create request now ----------------------------------------

/// A direct call goes before the calls of runs.
enum class dial_priority { direct, run };

/// One wish for a permit. The ticket names it: 64 random bits, drawn by the asker.
struct permit_request {
  business_id business;
  std::uint64_t ticket = 0;
  dial_priority priority = dial_priority::run;
};
/// The carrier's word: send now. Not asked for again; give it back if it can't be used.
struct send_permit {
  std::uint64_t ticket = 0;
};
/// Takes a wish back (answers nothing; a permit already on its way comes and must be returned).
/// Ticket 0: every wish of the business.
struct permit_withdrawal {
  business_id business;
  std::uint64_t ticket = 0;
};
struct permit_return {};

// -- placing a call ----------------------------------------------------------------------------

/// Asks the carrier for one call; said only after the claim was committed. Answered by exactly one
/// dial_report to the switchboard that is named beside it.
struct place_call {
  attempt_ref attempt;
  phone_number to;
  phone_number from;
  std::int32_t ring_timeout_s = 60;
  /// Past this the request must not be sent any more: reported as not_sent.
  time_point send_before;
  std::string request{}; ///< of the API, for the log
};

enum class dial_verdict {
  placed,         ///< the call exists; sid is its name
  number_fatal,   ///< this number can't be called, now or later
  prefix_refused, ///< not created: no numbers of that country may be called as things are
  requeue,        ///< certainly not created, try again later (429, account's concurrency, auth)
  config_fatal,   ///< our request is wrong for every lead alike: the run must fail
  not_sent,       ///< withdrawn or past its deadline before a byte left
  in_doubt        ///< sent, no usable answer
};

struct dial_report {
  attempt_ref attempt;
  dial_verdict verdict = dial_verdict::in_doubt;
  call_sid sid;
  std::int32_t error_code = 0; ///< the carrier's, 0 when none
  std::string reason;
  milliseconds retry_after{0};  ///< with requeue: not before that
  std::int32_t http_status = 0; ///< 0: there was no answer
};

/// From the line to the carrier actor, on the line's thread: how one create request went. `http` is
/// 0 when there was no answer.
struct line_reply {
  attempt_ref attempt;
  std::int32_t result = 0; ///< line_result (actors/carrier_line.hpp)
  std::int32_t http_status = 0;
  call_sid sid;
  std::int32_t error_code = 0;
  std::string message;
  caf::optional<seconds> retry_after;
};

/// After the answer no create request of these attempts starts; whatever was still unsent has been
/// reported as not_sent.
struct withdraw_calls {
  std::vector<dial_token> tokens;
};
struct withdrawn {};
/// From the line to the carrier actor: that withdrawal is done.
struct line_withdrew {
  std::uint64_t number = 0;
};

/// Asks how the account stands.
struct carrier_query {};
/// Another pace from now on, until the server is started again; 0: no limit.
struct set_pace {
  double calls_per_second = 1;
};
struct carrier_view {
  double calls_per_second = 0, burst = 1; ///< 0: no limit
  std::int32_t window = 0;                ///< requests that may be unanswered
  std::int32_t unanswered = 0;            ///< permitted or sent
  std::int64_t waiting = 0;               ///< wishes for a permit
  milliseconds held_for{0};               ///< back-off: nothing is sent for so long
  std::int32_t failures = 0;              ///< in a row
  bool locked_out = false;                ///< the carrier refuses the account
  bool draining = false;
  std::int32_t refused_callers = 0; ///< businesses whose caller ID was refused last
};

/// A call that the carrier had accepted has failed since too many calls of the account were up:
/// told by its callback.
struct account_crowded {};

/// Ends a live call. The result is told by the call's own callbacks.
struct hang_up_call {
  attempt_ref attempt;
  call_sid sid;
  std::string request{}; ///< of the API, for the log
};

// -- asking the carrier about a call ------------------------------------------------------------

/// Which turns a question takes: each kind gets its share, whatever the others ask.
enum class look_kind {
  search, ///< a call that has no name: is there one?
  known,  ///< a call that should have told more by now
  stray   ///< a call that should have been hung up
};

/// Asks the carrier about one call: by its name, or, where it has none, by its numbers.
struct look_into {
  look_kind kind = look_kind::known;
  attempt_ref attempt;
  call_sid sid;                   ///< none: search
  std::vector<phone_number> from; ///< with search: the caller IDs it may have been placed under
  phone_number to;
};

/// A call as the carrier tells it when asked.
struct seen_call {
  call_sid sid;
  carrier_status status = carrier_status::queued;
  std::string direction; ///< "outbound-api" for ours; empty when not told
  caf::optional<time_point> created_at, started_at, ended_at;
  std::int32_t duration_s = 0;
  std::string answered_by;
};

enum class look_result {
  found,  ///< by name: the call
  absent, ///< by name: the carrier knows no such call (not yet, or not any more)
  listed, ///< by numbers: all calls between them, read to the end
  failed  ///< no usable answer: nothing is known
};

struct look_report {
  attempt_ref attempt;
  call_sid sid; ///< as asked for
  look_result result = look_result::failed;
  std::vector<seen_call> calls;
  time_point asked_at; ///< the request began then; the answer tells nothing older
};

/// From the line to the reconciler, on the line's thread.
struct line_finding {
  std::uint64_t number = 0; ///< of the question
  std::int32_t result = 0;  ///< line_result (actors/carrier_line.hpp)
  std::int32_t http_status = 0;
  std::vector<seen_call> calls;
};

/// The same, of one page of a listing of the account's live calls.
struct page_finding {
  std::int32_t result = 0; ///< line_result
  std::int32_t http_status = 0;
  std::vector<seen_call> calls;
  std::string next; ///< the next page's name; empty: this was the last
};

// -- what the carrier reports by webhook -------------------------------------------------------

struct call_event {
  attempt_ref attempt; ///< as the callback's query names it
  call_sid sid;
  carrier_status status = carrier_status::queued;
  std::int32_t sequence = 0;
  std::int32_t duration_s = 0;
  std::string answered_by;     ///< "human", "machine_start", …; empty when not told
  std::string sip_code;        ///< empty when not told
  std::int32_t error_code = 0; ///< the carrier's, with a call that failed; 0 when not told
  time_point received_at;
};

enum class event_result {
  committed, ///< obeyed, absorbed or nothing to store: it is safe to acknowledge
  stale,     ///< unknown job, older token, ended job: acknowledge and count
  unavailable
};
struct event_answer {
  event_result result = event_result::unavailable;
  std::string request{}; ///< the API's, that the call came of; empty: not known
};

/// The callee has answered: what is to be said?
struct script_query {
  attempt_ref attempt;
  call_sid sid;
  std::string answered_by;
  time_point received_at;
};
struct script_answer {
  event_result result = event_result::unavailable; ///< stale: hang up
  std::string script;                              ///< JSON; empty: the business has none
  phone_number caller_id;
  phone_number phone;
  std::string first_name, last_name, external_id, notes;
  std::string request; ///< the API's, that the call came of; empty: not known
};

} // namespace ringmaster
