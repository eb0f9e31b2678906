#include "db/fields.hpp"
#include "db/pg_records.hpp"

#include <algorithm>
#include <limits>

namespace ringmaster::db {

namespace {

// Live attempts are job rows, ended ones are history; each side reads no more than a page from its
// index. The conditions are the same ones for both, written for the column names that they share.
const std::string calls_sql = R"(
WITH wanted AS (
  SELECT $2::bigint AS run, $3::text AS outcome, $4::timestamptz AS since, $5::timestamptz AS until,
         $6::timestamptz AS started, $7::bigint AS job, $8::integer AS attempt)
SELECT calls.*, l.first_name, l.last_name FROM (
  (SELECT j.id AS job_id, j.attempts AS attempt, j.run_id, j.lead_id, j.phone_e164, j.call_sid,
          j.status, j.outcome, j.dial_started_at AS started_at, j.answered_at, j.ended_at,
          j.duration_s, j.error, j.slot
   FROM outbound_call_jobs j, wanted w
   WHERE j.business_id = $1 AND j.slot IS NOT NULL AND w.outcome IS NULL
     AND (w.run IS NULL OR j.run_id = w.run) AND ($10::bigint IS NULL OR j.lead_id = $10)
     AND j.dial_started_at >= w.since AND j.dial_started_at < w.until
     AND (j.dial_started_at, j.id, j.attempts) < (w.started, w.job, w.attempt))
  UNION ALL
  (SELECT a.job_id, a.attempt, a.run_id, a.lead_id, a.phone_e164, a.call_sid, 'ended', a.outcome,
          a.started_at, a.answered_at, a.ended_at, a.duration_s, a.error, a.slot
   FROM call_attempts a
   WHERE a.business_id = $1 AND ($2::bigint IS NULL OR a.run_id = $2)
     AND ($10::bigint IS NULL OR a.job_id IN (
       SELECT j.id FROM outbound_call_runs r
       JOIN outbound_call_jobs j ON j.business_id = r.business_id AND j.run_id = r.id
       WHERE r.business_id = $1 AND j.lead_id = $10
       UNION ALL
       SELECT j.id FROM outbound_call_jobs j
       WHERE j.business_id = $1 AND j.run_id IS NULL AND j.lead_id = $10))
     AND ($3::text IS NULL OR a.outcome = $3)
     AND a.started_at >= $4::timestamptz AND a.started_at < $5::timestamptz
     AND a.started_at <= $6::timestamptz
     AND (a.started_at, a.job_id, a.attempt) < ($6::timestamptz, $7::bigint, $8::integer)
   ORDER BY a.started_at DESC, a.job_id DESC, a.attempt DESC LIMIT $9)) calls
LEFT JOIN leads l ON l.business_id = $1 AND l.id = calls.lead_id
ORDER BY started_at DESC, job_id DESC, attempt DESC LIMIT $9)";

std::int64_t micros(time_point at) {
  return at.time_since_epoch().count();
}

call_record call_of(const pqxx::row& row) {
  call_record x;
  x.job = id_of<job_id>(row[0]);
  x.attempt = small_number_of(row[1]);
  x.run = id_of<run_id>(row[2]);
  x.lead = id_of<lead_id>(row[3]);
  x.phone = named<phone_number>(row[4]);
  x.sid = named<call_sid>(row[5]);
  x.status = text_of(row[6]);
  x.outcome = outcome_of(row[7]);
  x.started_at = time_of(row[8]);
  x.answered_at = maybe_time(row[9]);
  x.ended_at = maybe_time(row[10]);
  x.duration_s = maybe_number(row[11]);
  x.error = text_of(row[12]);
  x.slot = slot_number{small_number_of(row[13])};
  x.first_name = text_of(row[14]);
  x.last_name = text_of(row[15]);
  x.cursor = make_cursor('c', {micros(x.started_at), x.job.value, x.attempt});
  return x;
}

const time_point beginning = time_from_sql("0001-01-01 00:00:00+00");
const time_point end_of_time = time_from_sql("9999-12-31 00:00:00+00");

} // namespace

result<page<call_record>> pg_records::calls(business_id id, const call_filter& filter,
                                            std::int32_t limit, const std::string& cursor) {
  const auto start = read_cursor('c', cursor,
                                 {micros(end_of_time), std::numeric_limits<std::int64_t>::max(),
                                  std::numeric_limits<std::int32_t>::max()});
  if (!start) return start.error();
  if (start->at(2) < 0 || start->at(2) > std::numeric_limits<std::int32_t>::max())
    return failure{failure_kind::invalid, "bad_cursor",
                   "this cursor is not one of this list: start without one", "cursor"};
  limit = std::clamp(limit, 1, largest_page);
  return in_one<page<call_record>>([&](pqxx::work& in) -> result<page<call_record>> {
    auto since = filter.from.value_or(beginning);
    const auto run = std::to_string(filter.run.value);
    const auto lead = std::to_string(filter.lead.value);
    if (filter.run) {
      const auto rows = in.exec_params("SELECT created_at FROM outbound_call_runs"
                                       " WHERE business_id = $1 AND id = $2",
                                       id.value, filter.run.value);
      if (rows.empty()) return no_such("run");
      since = std::max(since, time_of(rows[0][0])); // no call of it is older: bounds the search
    }
    const auto outcome = filter.outcome ? std::string{to_string(*filter.outcome)} : std::string{};
    const auto rows = in.exec_params(calls_sql, id.value, filter.run ? run.c_str() : nullptr,
                                     filter.outcome ? outcome.c_str() : nullptr, to_sql(since),
                                     to_sql(filter.to.value_or(end_of_time)),
                                     to_sql(time_point{microseconds{start->at(0)}}), start->at(1),
                                     start->at(2), limit + 1, filter.lead ? lead.c_str() : nullptr);
    return cut_page(rows, limit, call_of, [](const call_record& last) { return last.cursor; });
  });
}

} // namespace ringmaster::db
