#include "db/fields.hpp"
#include "db/lead_conditions.hpp"
#include "db/pg_records.hpp"

#include <algorithm>

namespace ringmaster::db {

namespace {

const std::string lead_record_columns =
    "l.id, l.phone_e164, l.first_name, l.last_name, l.external_id,"
    " l.time_zone, l.notes, l.status, l.created_at";

lead_record lead_of(const pqxx::row& row) {
  lead_record x;
  x.id = id_of<lead_id>(row[0]);
  x.phone = named<phone_number>(row[1]);
  x.first_name = text_of(row[2]);
  x.last_name = text_of(row[3]);
  x.external_id = text_of(row[4]);
  x.time_zone = text_of(row[5]);
  x.notes = text_of(row[6]);
  x.status = text_of(row[7]);
  x.created_at = time_of(row[8]);
  return x;
}

// Runs before their jobs, as everywhere: a claim holds its run's row while it takes the job.
const char* const lock_runs_of_lead_sql = R"(
SELECT r.id FROM outbound_call_runs r
WHERE r.business_id = $1 AND r.open AND EXISTS (
  SELECT FROM outbound_call_jobs j
  WHERE j.business_id = r.business_id AND j.run_id = r.id AND j.lead_id = $2
    AND coalesce(j.status, '') = 'queued')
ORDER BY r.id FOR NO KEY UPDATE OF r)";

const char* const cancel_jobs_sql = R"(
WITH cancelled AS (
  UPDATE outbound_call_jobs j
  SET status = 'cancelled', next_attempt_at = NULL, ended_at = $4::timestamptz,
      error = 'the lead was deleted'
  WHERE j.business_id = $1 AND j.lead_id = $2 AND coalesce(j.status, '') = 'queued'
    AND (j.run_id = ANY ($3::bigint[])
         OR j.id IN (SELECT d.id FROM outbound_call_jobs d
                     WHERE d.business_id = $1 AND d.run_id IS NULL AND d.slot IS NULL
                       AND d.ended_at IS NULL AND d.lead_id = $2))
  RETURNING j.run_id)
UPDATE outbound_call_runs r SET cancelled = r.cancelled + c.count
FROM (SELECT run_id, count(*) FROM cancelled WHERE run_id IS NOT NULL GROUP BY run_id) c
WHERE r.business_id = $1 AND r.id = c.run_id)";

failure external_id_taken() {
  return {failure_kind::conflict, "external_id_taken", "another lead has this external_id",
          "external_id"};
}

} // namespace

result<page<lead_record>> pg_records::leads(business_id id, const lead_filter& filter,
                                            std::int32_t limit, const std::string& cursor,
                                            std::int64_t skip) {
  const auto start = read_cursor('l', cursor, {0});
  if (!start) return start.error();
  limit = std::clamp(limit, 1, largest_page);
  return in_one<page<lead_record>>([&](pqxx::work& in) -> result<page<lead_record>> {
    const lead_patterns patterns{filter};
    const auto wanted = " FROM leads l WHERE l.business_id = $1 AND l.id > $2"
                        " AND l.deleted_at IS NULL AND " +
                        lead_condition("l", 4);
    const auto select = [&](const std::string& sql, std::int64_t behind, std::int64_t number) {
      return in.exec_params(sql, id.value, behind, number, or_null(patterns.text),
                            or_null(patterns.number), or_null(patterns.status));
    };
    auto behind = start->front();
    if (skip > 0) { // only ids are passed over, in the primary key
      const auto last =
          select("SELECT l.id" + wanted + " ORDER BY l.id OFFSET $3 LIMIT 1", behind, skip - 1);
      if (last.empty()) return page<lead_record>{};
      behind = number_of(last[0][0]);
    }
    const auto rows = select("SELECT " + lead_record_columns + wanted + " ORDER BY l.id LIMIT $3",
                             behind, limit + 1);
    return cut_page(rows, limit, lead_of, behind_id('l'));
  });
}

result<lead_record> pg_records::lead(business_id id, lead_id lead) {
  return in_one<lead_record>([&](pqxx::work& in) -> result<lead_record> {
    const auto rows = in.exec_params(
        "SELECT " + lead_record_columns +
            " FROM leads l WHERE l.business_id = $1 AND l.id = $2 AND l.deleted_at IS NULL",
        id.value, lead.value);
    if (rows.empty()) return no_such("lead");
    return lead_of(rows[0]);
  });
}

namespace {

result<lead_record> apply(pqxx::work& in, business_id id, lead_id lead, const lead_change& change,
                          time_point at) {
  const auto rows = in.exec_params("SELECT " + lead_record_columns +
                                       " FROM leads l WHERE l.business_id = $1 AND l.id = $2"
                                       " AND l.deleted_at IS NULL FOR NO KEY UPDATE",
                                   id.value, lead.value);
  if (rows.empty()) return no_such("lead");
  auto x = lead_of(rows[0]);
  if (change.external_id && !change.external_id->empty() && *change.external_id != x.external_id &&
      !in.exec_params("SELECT FROM leads WHERE business_id = $1 AND external_id = $2"
                      " AND external_id <> '' AND deleted_at IS NULL",
                      id.value, clean_text(*change.external_id, 200))
           .empty())
    return external_id_taken();
  const bool renumbered = change.phone && *change.phone != x.phone;
  x.phone = change.phone.value_or(x.phone);
  x.first_name = clean_text(change.first_name.value_or(x.first_name), 200);
  x.last_name = clean_text(change.last_name.value_or(x.last_name), 200);
  x.external_id = clean_text(change.external_id.value_or(x.external_id), 200);
  x.time_zone = clean_text(change.time_zone.value_or(x.time_zone), 200);
  x.notes = clean_text(change.notes.value_or(x.notes), 4'000);
  x.status = change.status.value_or(x.status);
  in.exec_params("UPDATE leads SET phone_e164 = $3, first_name = $4, last_name = $5,"
                 " external_id = $6, time_zone = $7, notes = $8, status = $9"
                 " WHERE business_id = $1 AND id = $2",
                 id.value, lead.value, x.phone.value, x.first_name, x.last_name, x.external_id,
                 x.time_zone, x.notes, x.status);
  if (renumbered) follow_numbers(in, id, sql_array{}.add(lead).str(), at);
  return x;
}

} // namespace

result<lead_record> pg_records::change_lead(business_id id, lead_id lead, const lead_change& change,
                                            time_point at) {
  auto changed = in_audited<lead_record>(
      [&](pqxx::work& in) -> result<lead_record> { return apply(in, id, lead, change, at); },
      [&](const lead_record& made) {
        return audit_line{id, "lead.change", lead.value, "{\"status\":\"" + made.status + "\"}"};
      });
  // Nobody is dialled any more after this answer who must not be, or under the old number.
  if (changed && (changed->status != "active" || change.phone))
    if (auto failed = wait_for_claims(id)) return *failed;
  return changed;
}

result<done> pg_records::delete_lead(business_id id, lead_id lead, time_point at) {
  const auto work = [&](pqxx::work& in) -> result<done> {
    sql_array runs;
    for (const auto& row : in.exec_params(lock_runs_of_lead_sql, id.value, lead.value))
      runs.add(number_of(row[0]));
    if (in.exec_params("UPDATE leads SET deleted_at = $3::timestamptz"
                       " WHERE business_id = $1 AND id = $2 AND deleted_at IS NULL RETURNING id",
                       id.value, lead.value, to_sql(at))
            .empty())
      return no_such("lead");
    in.exec_params(cancel_jobs_sql, id.value, lead.value, runs.str(), to_sql(at));
    return done{};
  };
  auto deleted = in_audited<done>(work, [&](done) {
    return audit_line{id, "lead.delete", lead.value};
  });
  if (deleted)
    if (auto failed = wait_for_claims(id)) return *failed;
  return deleted;
}

} // namespace ringmaster::db
