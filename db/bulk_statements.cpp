#include "db/bulk_statements.hpp"

#include "db/fields.hpp"
#include "db/lead_conditions.hpp"

#include <algorithm>

namespace ringmaster::db {

namespace {

const char* const selection_sql = R"(
SELECT selection_open, selection_cursor, cardinality(selected_leads), selection_filter,
       selection_last_lead
FROM outbound_call_runs
WHERE business_id = $1 AND id = $2 AND status IN ('pending', 'running', 'paused'))";

// A lead that was deleted or barred since the run was accepted gets no job. Each by the primary
// key, as in records_create_run.cpp.
const char* const make_from_list_sql = R"(
WITH made AS (
  INSERT INTO outbound_call_jobs (business_id, run_id, lead_id, phone_e164, created_at)
  SELECT l.business_id, r.id, l.id, l.phone_e164, $5::timestamptz
  FROM outbound_call_runs r
  CROSS JOIN LATERAL unnest(r.selected_leads[$3::bigint + 1 : $3::bigint + $4::integer])
                     WITH ORDINALITY AS w (lead_id, position)
  CROSS JOIN LATERAL (SELECT x.* FROM leads x WHERE x.business_id = r.business_id
                      AND x.id = w.lead_id OFFSET 0) l
  WHERE r.business_id = $1 AND r.id = $2 AND l.deleted_at IS NULL AND l.status = 'active'
  ORDER BY w.position
  ON CONFLICT (business_id, run_id, lead_id) DO NOTHING
  RETURNING id)
SELECT count(*), min(id), max(id) FROM made)";

// The next leads that match, each number once: its first lead stands for it. The scan itself is
// limited (not only what comes out of it), so that a page takes its time and no more.
std::string make_from_filter_sql() {
  return R"(
WITH scanned AS MATERIALIZED (
  SELECT l.* FROM leads l
  WHERE l.business_id = $1 AND l.id > $3 AND l.id <= $4
  ORDER BY l.id LIMIT $5),
made AS (
  INSERT INTO outbound_call_jobs (business_id, run_id, lead_id, phone_e164, created_at)
  SELECT l.business_id, $2, l.id, l.phone_e164, $6::timestamptz
  FROM scanned l
  WHERE l.deleted_at IS NULL AND l.status = 'active' AND )" +
         lead_condition("l", 7) + R"(
    AND NOT EXISTS (SELECT FROM leads e
                    WHERE e.business_id = l.business_id AND e.phone_e164 = l.phone_e164
                      AND e.id < l.id AND e.deleted_at IS NULL AND e.status = 'active' AND )" +
         lead_condition("e", 7) + R"()
  ORDER BY l.id
  ON CONFLICT (business_id, run_id, lead_id) DO NOTHING
  RETURNING id)
SELECT (SELECT count(*) FROM made), (SELECT min(id) FROM made), (SELECT max(id) FROM made),
       (SELECT max(id) FROM scanned), (SELECT count(*) FROM scanned))";
}

// The cursor says whether somebody else made these jobs meanwhile. At the end the total becomes
// what there really is: leads may have vanished since the run was accepted.
const char* const advance_sql = R"(
UPDATE outbound_call_runs
SET selection_cursor = $4, jobs_made = jobs_made + $5, selection_open = $8,
    total = CASE WHEN $8 THEN greatest(total, jobs_made + $5) ELSE jobs_made + $5 END,
    first_job_id = coalesce(least(nullif(first_job_id, 0), $6), 0),
    last_job_id = greatest(last_job_id, coalesce($7, 0))
WHERE business_id = $1 AND id = $2 AND selection_open AND selection_cursor = $3
  AND status IN ('pending', 'running', 'paused')
RETURNING id)";

const char* const cancel_sql = R"(
WITH cancelled AS (
  UPDATE outbound_call_jobs j
  SET status = 'cancelled', next_attempt_at = NULL, ended_at = $4::timestamptz
  FROM (SELECT business_id, id FROM outbound_call_jobs
        WHERE business_id = $1 AND run_id = $2 AND slot IS NULL AND ended_at IS NULL
        ORDER BY id LIMIT $3) q
  WHERE j.business_id = q.business_id AND j.id = q.id AND coalesce(j.status, '') = 'queued'
  RETURNING j.id)
UPDATE outbound_call_runs SET cancelled = cancelled + (SELECT count(*) FROM cancelled)
WHERE business_id = $1 AND id = $2 AND status IN ('completed', 'cancelled', 'failed')
RETURNING (SELECT count(*) FROM cancelled))";

constexpr std::int32_t most_rows_of_page = 20'000;

struct made_jobs {
  std::int64_t count = 0;
  std::optional<std::int64_t> first, last;
  std::int64_t cursor = 0;
  bool more = false;
};

void read_made(const pqxx::row& row, made_jobs& into) {
  into.count = number_of(row[0]);
  if (!row[1].is_null()) {
    into.first = number_of(row[1]);
    into.last = number_of(row[2]);
  }
}

made_jobs make_from_list(pqxx::transaction_base& in, const materialise_page& wanted,
                         std::int64_t cursor, std::int64_t selected, std::int32_t limit) {
  made_jobs made;
  read_made(in.exec_prepared("bulk_from_list", wanted.business.value, wanted.run.value, cursor,
                             limit, to_sql(wanted.at))[0],
            made);
  made.cursor = std::min(cursor + limit, selected);
  made.more = made.cursor < selected;
  return made;
}

made_jobs make_from_filter(pqxx::transaction_base& in, const materialise_page& wanted,
                           std::int64_t cursor, std::int64_t last_lead, const lead_filter& filter,
                           std::int32_t limit) {
  const lead_patterns patterns{filter};
  const auto row =
      in.exec_prepared("bulk_from_filter", wanted.business.value, wanted.run.value, cursor,
                       last_lead, limit, to_sql(wanted.at), or_null(patterns.text),
                       or_null(patterns.number), or_null(patterns.status))[0];
  made_jobs made;
  read_made(row, made);
  made.cursor = row[3].is_null() ? last_lead : number_of(row[3]);
  made.more = number_of(row[4]) == limit && made.cursor < last_lead;
  return made;
}

} // namespace

std::vector<statement> bulk_statements() {
  return {{"bulk_selection", selection_sql},
          {"bulk_from_list", make_from_list_sql},
          {"bulk_from_filter", make_from_filter_sql()},
          {"bulk_advance", advance_sql},
          {"bulk_cancel", cancel_sql}};
}

page_answer run_materialise_page(pqxx::transaction_base& in, const materialise_page& wanted) {
  const auto rows = in.exec_prepared("bulk_selection", wanted.business.value, wanted.run.value);
  if (rows.empty()) return {write_result::stale, 0, false};
  const auto row = rows[0];
  if (!truth_of(row[0])) return {write_result::applied, 0, false}; // all of them are made
  const auto cursor = number_of(row[1]);
  const auto limit = std::clamp(wanted.limit, 1, most_rows_of_page);
  const auto made = row[3].is_null() ? make_from_list(in, wanted, cursor, number_of(row[2]), limit)
                                     : make_from_filter(in, wanted, cursor, number_of(row[4]),
                                                        filter_from_json(text_of(row[3])), limit);
  const auto advanced =
      in.exec_prepared("bulk_advance", wanted.business.value, wanted.run.value, cursor, made.cursor,
                       made.count, made.first ? std::to_string(*made.first).c_str() : nullptr,
                       made.last ? std::to_string(*made.last).c_str() : nullptr, made.more);
  if (advanced.empty()) return {write_result::stale, 0, false};
  return {write_result::applied, static_cast<std::int32_t>(made.count), made.more};
}

page_answer run_cancel_page(pqxx::transaction_base& in, const cancel_page& wanted) {
  const auto limit = std::clamp(wanted.limit, 1, most_rows_of_page);
  const auto rows = in.exec_prepared("bulk_cancel", wanted.business.value, wanted.run.value, limit,
                                     to_sql(wanted.at));
  if (rows.empty()) return {write_result::stale, 0, false};
  const auto count = small_number_of(rows[0][0]);
  return {write_result::applied, count, count == limit};
}

} // namespace ringmaster::db
