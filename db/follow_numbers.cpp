#include "db/fields.hpp"
#include "db/pg_records.hpp"

namespace ringmaster::db {

namespace {

// Runs before their jobs, as everywhere: a claim holds its run's row while it takes the job.
const char* const lock_runs_of_numbers_sql = R"(
SELECT r.id FROM outbound_call_runs r
WHERE r.business_id = $1 AND r.open AND EXISTS (
  SELECT FROM outbound_call_jobs j
  WHERE j.business_id = r.business_id AND j.run_id = r.id AND j.lead_id = ANY ($2::bigint[])
    AND coalesce(j.status, '') = 'queued')
ORDER BY r.id FOR NO KEY UPDATE OF r)";

// Jobs by the unique key of run and lead; direct ones by direct_waiting; who else has the number by
// leads_by_phone.
const char* const follow_sql = R"(
WITH moved AS (
  SELECT l.id, l.phone_e164 FROM leads l WHERE l.business_id = $1 AND l.id = ANY ($2::bigint[])),
waiting AS (
  SELECT j.id, j.run_id, j.lead_id, m.phone_e164
  FROM moved m
  JOIN outbound_call_jobs j ON j.business_id = $1 AND j.run_id = ANY ($3::bigint[])
                           AND j.lead_id = m.id
  WHERE coalesce(j.status, '') = 'queued' AND j.phone_e164 <> m.phone_e164
  UNION ALL
  SELECT j.id, NULL, j.lead_id, m.phone_e164
  FROM moved m
  JOIN outbound_call_jobs j ON j.business_id = $1 AND j.run_id IS NULL AND j.slot IS NULL AND j.ended_at IS NULL
                           AND j.lead_id = m.id
  WHERE j.phone_e164 <> m.phone_e164),
judged AS (
  SELECT w.id, w.phone_e164, w.run_id IS NOT NULL AND (
           row_number() OVER (PARTITION BY w.run_id, w.phone_e164 ORDER BY w.id) > 1
           OR EXISTS (SELECT FROM leads o
                      JOIN outbound_call_jobs x ON x.business_id = $1 AND x.run_id = w.run_id
                                               AND x.lead_id = o.id
                      WHERE o.business_id = $1 AND o.phone_e164 = w.phone_e164
                        AND o.deleted_at IS NULL AND o.id <> w.lead_id
                        AND x.phone_e164 = w.phone_e164 AND x.status <> 'cancelled')) AS twice
  FROM waiting w),
followed AS (
  UPDATE outbound_call_jobs j
  SET phone_e164 = CASE WHEN w.twice THEN j.phone_e164 ELSE w.phone_e164 END,
      status = CASE WHEN w.twice THEN 'cancelled' ELSE j.status END,
      error = CASE WHEN w.twice THEN 'another lead of the run has this number' ELSE j.error END,
      ended_at = CASE WHEN w.twice THEN $4::timestamptz ELSE j.ended_at END,
      next_attempt_at = CASE WHEN w.twice THEN NULL ELSE j.next_attempt_at END
  FROM judged w
  WHERE j.business_id = $1 AND j.id = w.id AND coalesce(j.status, '') = 'queued'
  RETURNING j.run_id, w.twice)
UPDATE outbound_call_runs r SET cancelled = r.cancelled + c.count
FROM (SELECT run_id, count(*) FROM followed WHERE twice GROUP BY run_id) c
WHERE r.business_id = $1 AND r.id = c.run_id)";

} // namespace

void follow_numbers(pqxx::work& in, business_id business, const std::string& ids, time_point at) {
  sql_array runs;
  for (const auto& row : in.exec_params(lock_runs_of_numbers_sql, business.value, ids))
    runs.add(number_of(row[0]));
  in.exec_params(follow_sql, business.value, ids, runs.str(), to_sql(at));
}

} // namespace ringmaster::db
