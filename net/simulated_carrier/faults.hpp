// The misbehaviours of real carriers, each a switch with a probability; README.md tells what each
// does.
#pragma once

#include "net/simulated_carrier/chance.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ringmaster::net::sim {

enum class fault : std::uint8_t {
  callback_before_answer,
  create_error_after,
  create_error_before,
  create_429,
  create_429_retry_after,
  concurrency_rejected,
  concurrency_failed,
  duplicate_same_token,
  duplicate_new_token,
  duplicate_late,
  twiml_without_callbacks,
  callbacks_reordered,
  sequence_zero,
  ringing_missing,
  answered_twice,
  lost_completed,
  lost_all,
  late_callbacks,
  stale_get,
  stuck_in_progress,
  silent_failure,
  list_lag,
  get_lag,
  page_shift,
  queued_long,
  queue_expired,
  cps_jitter,
  cancel_too_late,
  cancel_21220,
  cancel_404,
  signature_wrong_token,
  signature_port,
  signature_scheme,
  signature_tampered,
  signature_missing,
  signature_replayed,
  extra_parameter,
  repeated_key,
  conflicting_terminals,
  zero_duration,
  timeout_plus_5,
  odd_sip_code,
  amd_after_hangup,
  amd_before_in_progress,
  amd_never,
  amd_unknown,
  answer_failed,
  answer_slow,
  answer_fetched_twice,
  sid_reused,
  sid_case,
  sid_uuid,
  unknown_sid,
  other_account,
  auth_401,
  clock_skew,
  closed_keep_alive,
  storm,
  count_
};

struct fault_info {
  fault which;
  const char* name;
  int item; ///< the behaviour of the carrier contract, section 3
  const char* what;
};

constexpr std::size_t fault_count = static_cast<std::size_t>(fault::count_);
/// In the order of the enum.
const std::array<fault_info, fault_count>& fault_table();

/// How create_error_after and create_error_before look to the client.
enum class create_error { any, status_500, status_503, hold, reset, truncated, dropped };

/// Amounts that go with the switches; set by name just like them.
struct fault_amounts {
  std::int64_t late_ms = 1'800'000;          ///< late callbacks and late duplicates
  std::int64_t stale_ms = 5'000;             ///< how long a GET tells the former status
  std::int64_t lag_ms = 5'000;               ///< how long a new call is missing in GET and list
  std::int64_t stuck_ms = 14'400'000;        ///< how long a stuck call stays in-progress
  std::int64_t queue_ms = 120'000;           ///< how long a call of queued_long waits
  std::int64_t queue_expire_ms = 86'400'000; ///< when a call of queue_expired is canceled
  std::int64_t reorder_ms = 300;             ///< how far a callback may fall behind
  std::int64_t storm_ms = 2'000;             ///< callbacks wait for the next multiple of it
  std::int64_t hold_ms = 60'000;             ///< how long a held answer is held
  std::int64_t answer_slow_ms = 15'000;      ///< how long the answer's fetch takes
  std::int64_t skew_ms = 7'200'000;          ///< how wrong a Timestamp is, either way
  std::int64_t burst = 10;                   ///< requests refused in a row by 429 and 401
};

struct fault_settings {
  std::array<double, fault_count> probability{};
  create_error error_kind = create_error::any;
  fault_amounts amounts;

  double of(fault f) const { return probability[static_cast<std::size_t>(f)]; }
  /// Whether it strikes this call; `round` tells apart several chances of one call.
  bool strikes(fault f, const chance& draws, std::uint64_t round = 0) const;
  /// "lost_completed=0.05", "late_ms=200", "create_error=reset", "none" (all off). Returns what is
  /// wrong with it, empty when nothing.
  std::string set(std::string_view assignment);
  std::string set(std::string_view name, double value);
  std::string set_error_kind(std::string_view kind);
};

std::string_view to_string(create_error kind);
/// name, value: all amounts as they stand.
std::vector<std::pair<const char*, std::int64_t>> amounts_of(const fault_amounts& amounts);

} // namespace ringmaster::net::sim
