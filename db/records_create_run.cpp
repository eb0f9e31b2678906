#include "db/bulk_statements.hpp"
#include "db/fields.hpp"
#include "db/lead_conditions.hpp"
#include "db/pg_records.hpp"

#include <algorithm>
#include <unordered_map>

namespace ringmaster::db {

namespace {

constexpr std::size_t listed_skips = 1'000;
/// Selections up to this have their jobs in the transaction that creates the run.
constexpr std::int64_t jobs_at_once = 2'000;

// Each lead by the primary key, whatever the planner believes: right after an import it knows
// nothing of these leads, takes them for one or two, and would go through all of them for each id
// (OFFSET 0 keeps it from that; so does the partial index's condition staying outside).
const char* const look_up_sql = R"(
SELECT l.phone_e164, l.status = 'active'
FROM unnest($2::bigint[]) WITH ORDINALITY AS w (id, position)
LEFT JOIN LATERAL (SELECT x.phone_e164, x.status, x.deleted_at FROM leads x
                   WHERE x.business_id = $1 AND x.id = w.id OFFSET 0) l ON l.deleted_at IS NULL
ORDER BY w.position)";

const char* const insert_run_sql = R"(
INSERT INTO outbound_call_runs (business_id, name, concurrency, script, selected_leads,
                                selection_filter, selection_last_lead, selection_open, total,
                                skipped, created_at, request_id)
VALUES ($1, $2, $3, $4::jsonb, $5::bigint[], $6::jsonb, $7::bigint, $8, $9, $10, $11::timestamptz,
        nullif($12, ''))
RETURNING id)";

const char* const insert_jobs_sql = R"(
WITH made AS (
  INSERT INTO outbound_call_jobs (business_id, run_id, lead_id, phone_e164, created_at)
  SELECT $1, $2, l.id, l.phone_e164, $4::timestamptz
  FROM unnest($3::bigint[]) WITH ORDINALITY AS w (id, position)
  CROSS JOIN LATERAL (SELECT x.id, x.phone_e164 FROM leads x
                      WHERE x.business_id = $1 AND x.id = w.id OFFSET 0) l
  ORDER BY w.position
  RETURNING id)
UPDATE outbound_call_runs r
SET jobs_made = m.count, first_job_id = m.first, last_job_id = m.last
FROM (SELECT count(*), min(id) AS first, max(id) AS last FROM made) m
WHERE r.business_id = $1 AND r.id = $2)";

failure empty_run(std::int64_t skipped) {
  return {failure_kind::invalid, "empty_run",
          skipped == 0 ? "the selection holds no lead"
                       : "all selected leads are skipped: nobody is left to call",
          "lead_ids"};
}

failure lead_missing(std::size_t index) {
  return {failure_kind::not_found, "lead_not_found", "there is no such lead in this business",
          "lead_ids[" + std::to_string(index) + "]"};
}

// Takes what is to be kept of a run in its row.
struct run_row {
  sql_array leads;
  bool has_list = false;
  std::optional<std::string> filter;
  std::int64_t last_lead = 0;
  bool open = false;
  std::string request; ///< that ordered it
};

run_id insert_run(pqxx::work& in, business_id id, const new_run& run, const run_row& row,
                  const created_run& made, time_point at) {
  const char* script = run.script.empty() ? nullptr : run.script.c_str();
  const auto list = row.leads.str();
  const auto last = std::to_string(row.last_lead);
  return id_of<run_id>(
      in.exec_params(insert_run_sql, id.value, clean_text(run.name, 200), run.concurrency, script,
                     row.has_list ? list.c_str() : nullptr, or_null(row.filter),
                     row.filter ? last.c_str() : nullptr, row.open, made.total, made.skipped_count,
                     to_sql(at), clean_text(row.request, 64))[0][0]);
}

void skip(created_run& made, lead_id lead, const char* reason) {
  ++made.skipped_count;
  if (made.skipped.size() < listed_skips) made.skipped.push_back({lead, reason});
}

// -- a list of ids -----------------------------------------------------------------------------

result<created_run> create_from_list(pqxx::work& in, business_id id, const new_run& run,
                                     time_point at, run_row row) {
  const auto& leads = run.selection.leads;
  sql_array wanted;
  for (const auto lead : leads)
    wanted.add(lead.value);
  created_run made;
  std::unordered_map<std::string, lead_id> numbers;
  std::size_t i = 0;
  for (const auto& found : in.exec_params(look_up_sql, id.value, wanted.str())) {
    const auto lead = leads[i];
    if (found[0].is_null()) return lead_missing(i);
    ++i;
    if (!truth_of(found[1])) {
      skip(made, lead, "do_not_call");
    } else if (auto [number, first] = numbers.emplace(text_of(found[0]), lead); !first) {
      // The first one with this number stands for it.
      skip(made, lead, number->second == lead ? "duplicate_lead" : "duplicate_number");
    } else {
      row.leads.add(lead.value);
      ++made.total;
    }
  }
  if (made.total == 0) return empty_run(made.skipped_count);
  row.has_list = row.open = made.total > jobs_at_once;
  made.run = insert_run(in, id, run, row, made, at);
  if (!row.open)
    in.exec_params(insert_jobs_sql, id.value, made.run.value, row.leads.str(), to_sql(at));
  return made;
}

// -- a filter ------------------------------------------------------------------------------------

// A number as an integer (its form is checked by the table): a million of them sort several times
// faster than as text.
const std::string number_sql = "substr(l.phone_e164, 2)::bigint";

std::string count_sql() {
  return std::string{"SELECT count(*), count(*) FILTER (WHERE l.status = 'active'),"
                     " count(DISTINCT "} +
         number_sql + R"() FILTER (WHERE l.status = 'active')
FROM leads l
WHERE l.business_id = $1 AND l.id <= $2 AND l.deleted_at IS NULL AND )" +
         lead_condition("l", 3);
}

std::string barred_sql() {
  return "SELECT l.id FROM leads l WHERE l.business_id = $1 AND l.id <= $2"
         " AND l.deleted_at IS NULL AND l.status <> 'active' AND " +
         lead_condition("l", 3) + " ORDER BY l.id LIMIT $6";
}

std::string duplicates_sql() {
  return R"(
SELECT id FROM (
  SELECT l.id, row_number() OVER (PARTITION BY )" +
         number_sql + R"( ORDER BY l.id) AS nth
  FROM leads l
  WHERE l.business_id = $1 AND l.id <= $2 AND l.deleted_at IS NULL AND l.status = 'active' AND )" +
         lead_condition("l", 3) + R"() numbered
WHERE nth > 1 ORDER BY id LIMIT $6)";
}

// How many numbers there are to call, and who is left out.
void count_selection(pqxx::work& in, business_id id, std::int64_t last_lead,
                     const lead_filter& filter, created_run& made) {
  const lead_patterns patterns{filter};
  const auto ask = [&](const std::string& sql) {
    return in.exec_params(sql, id.value, last_lead, or_null(patterns.text),
                          or_null(patterns.number), or_null(patterns.status));
  };
  const auto list = [&](const std::string& sql, const char* reason) {
    const auto room = static_cast<std::int64_t>(listed_skips - made.skipped.size());
    for (const auto& row : in.exec_params(sql, id.value, last_lead, or_null(patterns.text),
                                          or_null(patterns.number), or_null(patterns.status), room))
      made.skipped.push_back({id_of<lead_id>(row[0]), reason});
  };
  in.exec("SET LOCAL work_mem = '256MB'");
  const auto row = ask(count_sql())[0];
  const auto matching = number_of(row[0]), active = number_of(row[1]);
  made.total = number_of(row[2]);
  made.skipped_count = matching - made.total;
  if (matching > active) list(barred_sql(), "do_not_call");
  if (active > made.total) list(duplicates_sql(), "duplicate_number");
}

result<created_run> create_from_filter(pqxx::work& in, business_id id, const new_run& run,
                                       time_point at, run_row row) {
  const auto& filter = *run.selection.filter;
  created_run made;
  row.last_lead =
      number_of(in.exec_params("SELECT max(id) FROM leads WHERE business_id = $1", id.value)[0][0]);
  count_selection(in, id, row.last_lead, filter, made);
  if (made.total == 0) return empty_run(made.skipped_count);
  row.filter = to_json(filter);
  row.open = true;
  made.run = insert_run(in, id, run, row, made, at);
  if (made.total <= jobs_at_once)
    run_materialise_page(in, {id, made.run, static_cast<std::int32_t>(jobs_at_once), at});
  return made;
}

} // namespace

result<created_run> pg_records::create_run(business_id id, const new_run& run, time_point at) {
  const auto work = [&](pqxx::work& in) -> result<created_run> {
    const auto business =
        in.exec_params("SELECT suspended FROM businesses WHERE id = $1", id.value);
    if (business.empty()) return no_such("business");
    if (truth_of(business[0][0]))
      return failure{failure_kind::conflict, "business_suspended",
                     "the business is suspended and makes no calls", ""};
    run_row row;
    row.request = acts_.request;
    return run.selection.filter ? create_from_filter(in, id, run, at, std::move(row))
                                : create_from_list(in, id, run, at, std::move(row));
  };
  return in_audited<created_run>(ours<created_run>(id, work), [&](const created_run& made) {
    return audit_line{id, "run.create", made.run.value,
                      "{\"total\":" + std::to_string(made.total) + "}"};
  });
}

} // namespace ringmaster::db
