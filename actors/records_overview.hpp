// What the API tells of many things at once: how a business's lines are used, all businesses with
// their live calls, and what stands between a job and its call. Part of actors/records.hpp.
#pragma once

#include "actors/clock.hpp"
#include "actors/ids.hpp"
#include "actors/states.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ringmaster {

/// The last minutes of a business, oldest first; the newest minute is not over yet.
struct pulse {
  static constexpr int minutes = 15;
  std::vector<std::int64_t> calls; ///< begun in each of these minutes
  std::int64_t calls_last_minute = 0;
  double busy_share = 0; ///< of the time of all slots in the last five minutes, 0..1
};

/// Which businesses the operator wants to see.
enum class overview_choice : std::uint8_t {
  all,
  busy,     ///< with a call or a run under way
  in_doubt, ///< with a call in doubt
};

/// A business as the operator looks at it.
struct busy_business {
  business_id id;
  std::string name;
  std::string phone;
  std::int32_t limit = 0;
  std::int32_t active = 0;
  std::int32_t in_doubt = 0;
  std::int32_t runs_open = 0;
  std::int64_t calls_last_minute = 0;
  bool suspended = false;
};

struct overview {
  struct node {
    std::string name; ///< host and process
    std::int32_t shards = 0;
    std::optional<time_point> since;
  };
  std::int64_t businesses = 0; ///< about: the table's statistics, exact up to some thousands
  std::int64_t active = 0, in_doubt = 0, runs_open = 0;
  std::vector<node> nodes;
};

/// How many jobs of a run had this outcome, and how long they talked in all.
struct outcome_count {
  call_outcome outcome = call_outcome::answered;
  std::int64_t jobs = 0;
  std::int64_t talked_s = 0;
};

/// The facts behind "why is this lead not being called now?".
struct job_gates {
  job_status status = job_status::queued;
  run_id run;
  bool business_suspended = false;
  bool lead_callable = true; ///< neither deleted nor do_not_call
  run_status run_now = run_status::running;
  std::string run_error;
  std::int32_t run_concurrency = 0, run_live = 0;
  std::optional<time_point> next_attempt_at;
  job_id same_number; ///< a live call to the same number
  std::int32_t active = 0, limit = 0;
  std::int64_t ahead = 0; ///< queued jobs of the run before this one, counted up to 10,000
};

} // namespace ringmaster
