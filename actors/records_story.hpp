// All that is stored of one call's way, from the order to its end. Part of actors/records.hpp.
#pragma once

#include "actors/clock.hpp"
#include "actors/ids.hpp"
#include "actors/states.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ringmaster {

struct story_attempt {
  std::int32_t attempt = 0;
  call_sid sid;
  slot_number slot;
  std::optional<call_outcome> outcome;
  std::string error;
  time_point claimed_at;                    ///< slot granted and claim committed
  std::optional<time_point> named_at;       ///< of the latest attempt: the carrier's answer
  std::optional<time_point> in_doubt_since; ///< of the live attempt
  std::optional<time_point> answered_at, ended_at;
  std::optional<std::int32_t> duration_s;
  std::string request; ///< that this attempt came of
  std::string course;  ///< as actors/course.hpp reads it
  // The call that had this slot before it; none: it is not known, or there was none.
  job_id slot_before;
  std::optional<time_point> slot_free_at;
};

/// What somebody did, from the audit.
struct story_act {
  time_point at;
  std::string who, what, detail; ///< "key 12", "run.pause", JSON
  std::string request{};
};

struct call_story {
  job_id job;
  run_id run; ///< none: a direct call
  job_status status = job_status::queued;
  time_point queued_at;
  std::optional<time_point> due_at, ended_at, run_started_at;
  std::string request;                 ///< the API's, that the job came of
  std::string course;                  ///< of a waiting job: how it was put back
  std::vector<story_attempt> attempts; ///< in order, at most the latest 100
  std::vector<story_act> acts;         ///< in order; of the business's latest 2,000 entries
};

} // namespace ringmaster
