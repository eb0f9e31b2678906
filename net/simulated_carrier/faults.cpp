#include "net/simulated_carrier/faults.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace ringmaster::net::sim {

namespace {

using amount = std::int64_t fault_amounts::*;

struct amount_info {
  const char* name;
  amount field;
};

constexpr std::array<amount_info, 12> amount_table{{
    {"late_ms", &fault_amounts::late_ms},
    {"stale_ms", &fault_amounts::stale_ms},
    {"lag_ms", &fault_amounts::lag_ms},
    {"stuck_ms", &fault_amounts::stuck_ms},
    {"queue_ms", &fault_amounts::queue_ms},
    {"queue_expire_ms", &fault_amounts::queue_expire_ms},
    {"reorder_ms", &fault_amounts::reorder_ms},
    {"storm_ms", &fault_amounts::storm_ms},
    {"hold_ms", &fault_amounts::hold_ms},
    {"answer_slow_ms", &fault_amounts::answer_slow_ms},
    {"skew_ms", &fault_amounts::skew_ms},
    {"burst", &fault_amounts::burst},
}};

constexpr std::array<const char*, 7> error_kinds{"any",   "500",       "503",    "hold",
                                                 "reset", "truncated", "dropped"};
constexpr double largest_amount = 7.0 * 86'400'000;

} // namespace

const std::array<fault_info, fault_count>& fault_table() {
  using f = fault;
  static const std::array<fault_info, fault_count> table{{
      {f::callback_before_answer, "callback_before_answer", 1, "callbacks come before the 201"},
      {f::create_error_after, "create_error_after", 2, "the call is made, its answer is broken"},
      {f::create_error_before, "create_error_before", 3, "no call, the same broken answer"},
      {f::create_429, "create_429", 4, "a burst of 429 (20429) without Retry-After"},
      {f::create_429_retry_after, "create_429_retry_after", 4, "a burst with Retry-After: 1"},
      {f::concurrency_rejected, "concurrency_rejected", 4, "10004 as the answer"},
      {f::concurrency_failed, "concurrency_failed", 4, "10004 as a failed call"},
      {f::duplicate_same_token, "duplicate_same_token", 5, "a callback again, same token"},
      {f::duplicate_new_token, "duplicate_new_token", 5, "a callback again, new token"},
      {f::duplicate_late, "duplicate_late", 5, "a callback again after late_ms"},
      {f::twiml_without_callbacks, "twiml_without_callbacks", 6, "none for calls with Twiml"},
      {f::callbacks_reordered, "callbacks_reordered", 6, "a callback up to reorder_ms late"},
      {f::sequence_zero, "sequence_zero", 6, "every SequenceNumber of the call is 0"},
      {f::ringing_missing, "ringing_missing", 6, "no ringing"},
      {f::answered_twice, "answered_twice", 6, "CallStatus answered besides in-progress"},
      {f::lost_completed, "lost_completed", 7, "the last callback is lost"},
      {f::lost_all, "lost_all", 7, "all callbacks of the call are lost"},
      {f::late_callbacks, "late_callbacks", 7, "all callbacks of the call come late_ms late"},
      {f::stale_get, "stale_get", 7, "GET and list tell the former status for stale_ms"},
      {f::stuck_in_progress, "stuck_in_progress", 8, "an answered call ends after stuck_ms only"},
      {f::silent_failure, "silent_failure", 8, "an answered call ends failed, no callback"},
      {f::list_lag, "list_lag", 9, "the list lacks the call for lag_ms"},
      {f::get_lag, "get_lag", 9, "GET answers 404 for lag_ms"},
      {f::page_shift, "page_shift", 9, "pages are counted from the newest call, so they shift"},
      {f::queued_long, "queued_long", 10, "the call waits queue_ms before it is dialled"},
      {f::queue_expired, "queue_expired", 10, "never dialled, canceled after queue_expire_ms"},
      {f::cps_jitter, "cps_jitter", 10, "dialled up to 1 s later than its turn"},
      {f::cancel_too_late, "cancel_too_late", 11, "canceled is accepted, the call is answered"},
      {f::cancel_21220, "cancel_21220", 11, "canceling a live call is refused with 21220"},
      {f::cancel_404, "cancel_404", 11, "an update of a live call answers 404"},
      {f::signature_wrong_token, "signature_wrong_token", 12, "forged completed, wrong token"},
      {f::signature_port, "signature_port", 12, "signed with the port added or left out"},
      {f::signature_scheme, "signature_scheme", 12, "signed with http and https swapped"},
      {f::signature_tampered, "signature_tampered", 12, "forged completed, changed when signed"},
      {f::signature_missing, "signature_missing", 12, "forged completed, no signature"},
      {f::signature_replayed, "signature_replayed", 12, "forged completed, an old signature"},
      {f::extra_parameter, "extra_parameter", 12, "an unknown parameter, signed"},
      {f::repeated_key, "repeated_key", 12, "a parameter twice, signed"},
      {f::conflicting_terminals, "conflicting_terminals", 13, "another terminal status too"},
      {f::zero_duration, "zero_duration", 13, "an answered call of 0 seconds"},
      {f::timeout_plus_5, "timeout_plus_5", 13, "no-answer after Timeout + 5 s"},
      {f::odd_sip_code, "odd_sip_code", 13, "any of the failing SipResponseCodes"},
      {f::amd_after_hangup, "amd_after_hangup", 14, "the AMD result comes after the end"},
      {f::amd_before_in_progress, "amd_before_in_progress", 14, "it comes while ringing"},
      {f::amd_never, "amd_never", 14, "it never comes"},
      {f::amd_unknown, "amd_unknown", 14, "it is unknown"},
      {f::answer_failed, "answer_failed", 15, "the answer's fetch fails: FallbackUrl"},
      {f::answer_slow, "answer_slow", 15, "the answer takes answer_slow_ms: FallbackUrl"},
      {f::answer_fetched_twice, "answer_fetched_twice", 15, "the answer is fetched twice"},
      {f::sid_reused, "sid_reused", 16, "the sid of the last call again"},
      {f::sid_case, "sid_case", 16, "the sid of the last call in the other case"},
      {f::sid_uuid, "sid_uuid", 16, "a UUID as sid"},
      {f::unknown_sid, "unknown_sid", 16, "each callback also with an unknown CallSid"},
      {f::other_account, "other_account", 16, "each callback also with another AccountSid"},
      {f::auth_401, "auth_401", 17, "a burst of 401 (20003)"},
      {f::clock_skew, "clock_skew", 17, "Timestamp is wrong by skew_ms"},
      {f::closed_keep_alive, "closed_keep_alive", 17, "an answer, then a silent close"},
      {f::storm, "storm", 18, "callbacks wait and come together"},
  }};
  return table;
}

bool fault_settings::strikes(fault f, const chance& draws, std::uint64_t round) const {
  double p = of(f);
  return p > 0 && draws.happens(mix(static_cast<std::uint64_t>(f) + 1'000, round), p);
}

std::string fault_settings::set(std::string_view assignment) {
  if (assignment == "none") {
    probability.fill(0);
    return {};
  }
  auto sign = assignment.find('=');
  if (sign == std::string_view::npos)
    return "fault \"" + std::string(assignment) + "\" has no value: write name=0.05";
  std::string name(assignment.substr(0, sign)), value(assignment.substr(sign + 1));
  if (name == "create_error") return set_error_kind(value);
  char* end = nullptr;
  double number = std::strtod(value.c_str(), &end);
  if (value.empty() || *end != '\0') return "fault " + name + ": \"" + value + "\" is no number";
  return set(name, number);
}

std::string fault_settings::set(std::string_view name, double value) {
  for (const auto& f : fault_table()) {
    if (name != f.name) continue;
    if (!(value >= 0 && value <= 1))
      return "fault " + std::string(name) + " is a probability, from 0 to 1";
    probability[static_cast<std::size_t>(f.which)] = value;
    return {};
  }
  for (const auto& a : amount_table) {
    if (name != a.name) continue;
    if (!(value >= 0 && value <= largest_amount) || value != std::floor(value))
      return "fault " + std::string(name) + " is a whole number from 0 to 604800000";
    amounts.*a.field = static_cast<std::int64_t>(value);
    return {};
  }
  return "there is no fault \"" + std::string(name) + "\"; net/simulated_carrier/README.md has all";
}

std::string fault_settings::set_error_kind(std::string_view kind) {
  auto found = std::find(error_kinds.begin(), error_kinds.end(), kind);
  if (found == error_kinds.end())
    return "create_error is any, 500, 503, hold, reset, truncated or dropped";
  error_kind = static_cast<create_error>(found - error_kinds.begin());
  return {};
}

std::string_view to_string(create_error kind) {
  return error_kinds[static_cast<std::size_t>(kind)];
}

std::vector<std::pair<const char*, std::int64_t>> amounts_of(const fault_amounts& amounts) {
  std::vector<std::pair<const char*, std::int64_t>> all;
  for (const auto& a : amount_table)
    all.emplace_back(a.name, amounts.*a.field);
  return all;
}

} // namespace ringmaster::net::sim
