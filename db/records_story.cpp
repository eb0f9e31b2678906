#include "db/fields.hpp"
#include "db/pg_records.hpp"

namespace ringmaster::db {

namespace {

// outbound_call_jobs_pkey, outbound_call_runs_pkey. While the job holds a slot its course is that
// of the attempt, with which it is told.
const char* const job_sql = R"(
SELECT j.run_id, j.status, j.created_at, j.next_attempt_at, j.ended_at, j.lead_id, r.created_at,
       r.started_at, coalesce(j.request_id, r.request_id),
       CASE WHEN j.slot IS NULL THEN j.course END, r.request_id
FROM outbound_call_jobs j
LEFT JOIN outbound_call_runs r ON r.business_id = j.business_id AND r.id = j.run_id
WHERE j.business_id = $1 AND j.id = $2)";

// call_attempts_pkey; who had the slot before: a look back over the latest calls
// (attempts_by_time), further than any business has slots.
const char* const attempts_sql = R"(
SELECT x.*, before.job_id, before.ended_at FROM (
  (SELECT a.attempt, a.call_sid, a.slot, a.outcome, a.error, a.started_at,
          CASE WHEN j.dial_lock_token = a.dial_lock_token THEN j.calling_at END,
          NULL::timestamptz, a.answered_at, a.ended_at, a.duration_s,
          coalesce(a.request_id, $3), a.course
   FROM call_attempts a
   JOIN outbound_call_jobs j ON j.business_id = a.business_id AND j.id = a.job_id
   WHERE a.business_id = $1 AND a.job_id = $2 ORDER BY a.started_at DESC LIMIT 100)
  UNION ALL
  (SELECT j.attempts, j.call_sid, j.slot, NULL, j.error, j.dial_started_at, j.calling_at,
          j.in_doubt_since, j.answered_at, NULL, NULL, coalesce(j.request_id, $3), j.course
   FROM outbound_call_jobs j WHERE j.business_id = $1 AND j.id = $2 AND j.slot IS NOT NULL)) x
LEFT JOIN LATERAL (
  SELECT p.job_id, p.ended_at FROM (
    SELECT a.job_id, a.slot, a.ended_at FROM call_attempts a
    WHERE a.business_id = $1 AND a.started_at < x.started_at
    ORDER BY a.started_at DESC, a.job_id DESC LIMIT 300) p
  WHERE p.slot = x.slot AND p.ended_at <= x.started_at
  ORDER BY p.ended_at DESC LIMIT 1) before ON true
ORDER BY x.started_at, x.attempt)";

// audit_by_business
const char* const acts_sql = R"(
SELECT at, who, what, detail, request_id FROM (
  SELECT * FROM audit_log WHERE business_id = $1 ORDER BY id DESC LIMIT 2000) w
WHERE at >= $4::timestamptz AND at <= coalesce($5::timestamptz, 'infinity') AND (
  what IN ('call.start', 'job.requeue', 'doubt.adopt', 'doubt.never_placed') AND subject = $2
  OR what LIKE 'run.%' AND subject = $3
  OR what IN ('lead.change', 'lead.delete') AND subject = $6
  OR what = 'business.change' AND detail ?| array['suspended', 'max_outbound_calls'])
ORDER BY at, id)";

story_attempt attempt_of(const pqxx::row& row) {
  story_attempt x;
  x.attempt = small_number_of(row[0]);
  x.sid = named<call_sid>(row[1]);
  x.slot = slot_number{small_number_of(row[2])};
  x.outcome = outcome_of(row[3]);
  x.error = text_of(row[4]);
  x.claimed_at = time_of(row[5]);
  x.named_at = maybe_time(row[6]);
  x.in_doubt_since = maybe_time(row[7]);
  x.answered_at = maybe_time(row[8]);
  x.ended_at = maybe_time(row[9]);
  x.duration_s = maybe_number(row[10]);
  x.request = text_of(row[11]);
  x.course = text_of(row[12]);
  x.slot_before = id_of<job_id>(row[13]);
  x.slot_free_at = maybe_time(row[14]);
  return x;
}

} // namespace

result<call_story> pg_records::story_of(business_id id, job_id job) {
  return in_one<call_story>([&](pqxx::work& in) -> result<call_story> {
    const auto rows = in.exec_params(job_sql, id.value, job.value);
    if (rows.empty()) return no_such("job");
    const auto row = rows[0];
    call_story x;
    x.job = job;
    x.run = id_of<run_id>(row[0]);
    x.status = job_status_of(row[1]);
    x.queued_at = time_of(row[2]);
    x.due_at = maybe_time(row[3]);
    x.ended_at = maybe_time(row[4]);
    x.run_started_at = maybe_time(row[7]);
    x.request = text_of(row[8]);
    x.course = text_of(row[9]);
    const auto of_run = text_of(row[10]);
    for (const auto& each : in.exec_params(attempts_sql, id.value, job.value, of_run))
      x.attempts.push_back(attempt_of(each));
    const auto ended = text_of(row[4]);
    const auto since = row[6].is_null() ? row[2] : row[6];
    for (const auto& each :
         in.exec_params(acts_sql, id.value, job.value, x.run.value, since.c_str(),
                        ended.empty() ? nullptr : ended.c_str(), number_of(row[5])))
      x.acts.push_back({time_of(each[0]), text_of(each[1]), text_of(each[2]), text_of(each[3]),
                        text_of(each[4])});
    return x;
  });
}

} // namespace ringmaster::db
