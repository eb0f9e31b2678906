// Puts a forecast of its end into a run that is being shown.
#pragma once

#include "actors/records.hpp"

namespace ringmaster::net::api {

inline void put_forecast(run_record& run, const run_pace& pace, time_point now) {
  run.forecast = forecast(run.counts.queued + run.counts.dialing + run.counts.calling, pace, now);
}

/// Only a running run has one; what can't be read is left out.
inline void add_forecast(records& db, business_id business, run_record& run, time_point now) {
  if (run.status != run_status::running) return;
  if (const auto pace = db.pace_of(business, run.id)) put_forecast(run, *pace, now);
}

} // namespace ringmaster::net::api
