#include "actors/states.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace ringmaster {

namespace {

template <class State>
struct move {
  State from, to;
};

constexpr std::array<move<job_status>, 12> job_moves{{
    {job_status::queued, job_status::dialing},    // claimed
    {job_status::queued, job_status::cancelled},  // stopped, or its lead may not be called
    {job_status::queued, job_status::failed},     // can't be dialled at all
    {job_status::dialing, job_status::calling},   // the carrier named the call
    {job_status::dialing, job_status::queued},    // the attempt did not become a call
    {job_status::dialing, job_status::completed}, // the end was told before the name
    {job_status::dialing, job_status::failed},
    {job_status::dialing, job_status::cancelled}, // not sent, and its run was stopped
    {job_status::calling, job_status::completed},
    {job_status::calling, job_status::failed},
    {job_status::calling, job_status::queued}, // the carrier's list proves that it never existed
    {job_status::failed, job_status::queued},  // called once more, on a person's word
}};

constexpr std::array<move<run_status>, 11> run_moves{{
    {run_status::pending, run_status::running},
    {run_status::pending, run_status::cancelled},
    {run_status::pending, run_status::failed},
    {run_status::running, run_status::paused},
    {run_status::running, run_status::completed},
    {run_status::running, run_status::cancelled},
    {run_status::running, run_status::failed},
    {run_status::paused, run_status::running},
    {run_status::paused, run_status::cancelled},
    {run_status::paused, run_status::failed},
    {run_status::completed,
     run_status::running}, // a failed job is called once more, on a person's word
}};

template <class State>
struct name {
  State state;
  std::string_view text;
};

constexpr std::array<name<job_status>, 6> job_names{{{job_status::queued, "queued"},
                                                     {job_status::dialing, "dialing"},
                                                     {job_status::calling, "calling"},
                                                     {job_status::completed, "completed"},
                                                     {job_status::failed, "failed"},
                                                     {job_status::cancelled, "cancelled"}}};

constexpr std::array<name<run_status>, 6> run_names{{{run_status::pending, "pending"},
                                                     {run_status::running, "running"},
                                                     {run_status::paused, "paused"},
                                                     {run_status::completed, "completed"},
                                                     {run_status::cancelled, "cancelled"},
                                                     {run_status::failed, "failed"}}};

constexpr std::array<name<call_outcome>, 7> outcome_names{{{call_outcome::answered, "answered"},
                                                           {call_outcome::machine, "machine"},
                                                           {call_outcome::busy, "busy"},
                                                           {call_outcome::no_answer, "no_answer"},
                                                           {call_outcome::failed, "failed"},
                                                           {call_outcome::canceled, "canceled"},
                                                           {call_outcome::in_doubt, "in_doubt"}}};

constexpr std::array<name<carrier_status>, 10> carrier_names{
    {{carrier_status::queued, "queued"},
     {carrier_status::initiated, "initiated"},
     {carrier_status::ringing, "ringing"},
     {carrier_status::in_progress, "in-progress"},
     {carrier_status::completed, "completed"},
     {carrier_status::busy, "busy"},
     {carrier_status::no_answer, "no-answer"},
     {carrier_status::failed, "failed"},
     {carrier_status::canceled, "canceled"},
     {carrier_status::in_progress, "answered"}}};

template <class Moves, class State>
bool listed(const Moves& moves, State from, State to) {
  return std::any_of(moves.begin(), moves.end(),
                     [&](const auto& m) { return m.from == from && m.to == to; });
}

template <class Names, class State>
std::string_view name_of(const Names& names, State state) {
  auto found =
      std::find_if(names.begin(), names.end(), [&](const auto& n) { return n.state == state; });
  return found == names.end() ? std::string_view{"?"} : found->text;
}

template <class State, class Names>
std::optional<State> state_of(const Names& names, std::string_view text) {
  auto found =
      std::find_if(names.begin(), names.end(), [&](const auto& n) { return n.text == text; });
  if (found == names.end()) return std::nullopt;
  return found->state;
}

} // namespace

bool may_move(job_status from, job_status to) {
  return listed(job_moves, from, to);
}
bool may_move(run_status from, run_status to) {
  return listed(run_moves, from, to);
}

bool is_terminal(job_status s) {
  return s == job_status::completed || s == job_status::failed || s == job_status::cancelled;
}
bool is_terminal(run_status s) {
  return s == run_status::completed || s == run_status::failed || s == run_status::cancelled;
}
bool is_terminal(carrier_status s) {
  return s >= carrier_status::completed;
}
bool is_live(job_status s) {
  return s == job_status::dialing || s == job_status::calling;
}

job_status job_status_of(call_outcome outcome) {
  return outcome == call_outcome::answered || outcome == call_outcome::machine
             ? job_status::completed
             : job_status::failed;
}

std::string_view to_string(job_status s) {
  return name_of(job_names, s);
}
std::string_view to_string(run_status s) {
  return name_of(run_names, s);
}
std::string_view to_string(call_outcome o) {
  return name_of(outcome_names, o);
}
std::string_view to_string(carrier_status s) {
  return name_of(carrier_names, s);
}

std::optional<job_status> job_status_from(std::string_view text) {
  return state_of<job_status>(job_names, text);
}
std::optional<run_status> run_status_from(std::string_view text) {
  return state_of<run_status>(run_names, text);
}
std::optional<call_outcome> call_outcome_from(std::string_view text) {
  return state_of<call_outcome>(outcome_names, text);
}
std::optional<carrier_status> carrier_status_from(std::string_view text) {
  return state_of<carrier_status>(carrier_names, text);
}

} // namespace ringmaster
