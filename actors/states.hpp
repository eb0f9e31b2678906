// The state machines of jobs and runs, and how a call can end. One table each; SQL guards the same
// transitions by the prior status (db/), these tables are what both are tested against.
#pragma once

#include <optional>
#include <string_view>

namespace ringmaster {

enum class job_status { queued, dialing, calling, completed, failed, cancelled };
enum class run_status { pending, running, paused, completed, cancelled, failed };

/// How an attempt ended. answered and machine make a job completed, the others failed.
enum class call_outcome { answered, machine, busy, no_answer, failed, canceled, in_doubt };

/// A call's state as the carrier names it (callbacks and fetched calls alike).
enum class carrier_status : std::uint8_t {
  queued,
  initiated,
  ringing,
  in_progress,
  completed,
  busy,
  no_answer,
  failed,
  canceled
};

bool may_move(job_status from, job_status to);
bool may_move(run_status from, run_status to);

/// completed, failed, cancelled: absorbs whatever comes late.
bool is_terminal(job_status s);
bool is_terminal(run_status s);
bool is_terminal(carrier_status s);
/// dialing or calling: the job holds a slot.
bool is_live(job_status s);

job_status job_status_of(call_outcome outcome);

std::string_view to_string(job_status s);
std::string_view to_string(run_status s);
std::string_view to_string(call_outcome o);
/// The carrier's spelling: "in-progress", "no-answer".
std::string_view to_string(carrier_status s);

std::optional<job_status> job_status_from(std::string_view text);
std::optional<run_status> run_status_from(std::string_view text);
std::optional<call_outcome> call_outcome_from(std::string_view text);
/// Accepts "answered" for in-progress too: some carriers send the event's name.
std::optional<carrier_status> carrier_status_from(std::string_view text);

} // namespace ringmaster
