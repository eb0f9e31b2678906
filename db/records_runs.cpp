#include "db/fields.hpp"
#include "db/pg_records.hpp"

#include <algorithm>
#include <limits>

namespace ringmaster::db {

namespace {

// Live calls are few and counted where they stand; what else isn't ended is queued.
const std::string runs_sql = R"(
SELECT r.id, r.name, r.status, r.concurrency, r.script, r.total, r.completed, r.failed,
       r.cancelled, coalesce(live.dialing, 0), coalesce(live.calling, 0), r.skipped, r.error,
       r.created_at, r.started_at, r.ended_at, r.request_id
FROM outbound_call_runs r
LEFT JOIN (SELECT run_id, count(*) FILTER (WHERE status = 'dialing') AS dialing,
                  count(*) FILTER (WHERE status = 'calling') AS calling
           FROM outbound_call_jobs WHERE business_id = $1 AND slot IS NOT NULL
           GROUP BY run_id) live ON live.run_id = r.id
WHERE r.business_id = $1 AND )";

run_record run_of(const pqxx::row& row) {
  run_record x;
  x.id = id_of<run_id>(row[0]);
  x.name = text_of(row[1]);
  x.status = run_status_of(row[2]);
  x.concurrency = small_number_of(row[3]);
  x.script = text_of(row[4]);
  auto& n = x.counts;
  n.total = number_of(row[5]);
  n.completed = number_of(row[6]);
  n.failed = number_of(row[7]);
  n.cancelled = number_of(row[8]);
  n.dialing = number_of(row[9]);
  n.calling = number_of(row[10]);
  n.queued = n.total - n.completed - n.failed - n.cancelled - n.dialing - n.calling;
  x.skipped_count = number_of(row[11]);
  x.error = text_of(row[12]);
  x.created_at = time_of(row[13]);
  x.started_at = maybe_time(row[14]);
  x.ended_at = maybe_time(row[15]);
  x.request = text_of(row[16]);
  return x;
}

const std::string job_columns =
    "j.id, j.run_id, j.lead_id, j.phone_e164, j.status, j.attempts,"
    " j.outcome, j.call_sid, j.dial_started_at, j.ended_at,"
    " j.next_attempt_at, j.duration_s, j.error,"
    " j.in_doubt_since IS NOT NULL,"
    " (SELECT l.first_name FROM leads l WHERE l.business_id = j.business_id"
    "  AND l.id = j.lead_id),"
    " (SELECT l.last_name FROM leads l WHERE l.business_id = j.business_id"
    "  AND l.id = j.lead_id)";

job_record job_of(const pqxx::row& row) {
  job_record x;
  x.id = id_of<job_id>(row[0]);
  x.run = id_of<run_id>(row[1]);
  x.lead = id_of<lead_id>(row[2]);
  x.phone = named<phone_number>(row[3]);
  x.status = job_status_of(row[4]);
  x.attempts = small_number_of(row[5]);
  x.outcome = outcome_of(row[6]);
  x.sid = named<call_sid>(row[7]);
  x.dial_started_at = maybe_time(row[8]);
  x.ended_at = maybe_time(row[9]);
  x.next_attempt_at = maybe_time(row[10]);
  x.duration_s = maybe_number(row[11]);
  x.error = text_of(row[12]);
  x.in_doubt = truth_of(row[13]);
  x.first_name = text_of(row[14]);
  x.last_name = text_of(row[15]);
  return x;
}

} // namespace

std::string run_by_id_sql() {
  return runs_sql + "r.id = $2";
}

result<run_record> pg_records::run(business_id id, run_id run) {
  return in_one<run_record>([&](pqxx::work& in) -> result<run_record> {
    const auto rows = in.exec_prepared("run_by_id", id.value, run.value);
    if (rows.empty()) return no_such("run");
    return run_of(rows[0]);
  });
}

result<page<run_record>> pg_records::runs(business_id id, std::int32_t limit,
                                          const std::string& cursor) {
  const auto start = read_cursor('r', cursor, {std::numeric_limits<std::int64_t>::max()});
  if (!start) return start.error();
  limit = std::clamp(limit, 1, largest_page);
  return in_one<page<run_record>>([&](pqxx::work& in) -> result<page<run_record>> {
    const auto rows = in.exec_params(runs_sql + "r.id < $2 ORDER BY r.id DESC LIMIT $3", id.value,
                                     start->front(), limit + 1);
    return cut_page(rows, limit, run_of, behind_id('r'));
  });
}

result<page<job_record>> pg_records::jobs(business_id id, run_id run,
                                          std::optional<job_status> status, std::int32_t limit,
                                          const std::string& cursor, std::int64_t skip) {
  const auto start = read_cursor('j', cursor, {0});
  if (!start) return start.error();
  limit = std::clamp(limit, 1, largest_page);
  return in_one<page<job_record>>([&](pqxx::work& in) -> result<page<job_record>> {
    const auto range = in.exec_params("SELECT first_job_id, last_job_id FROM outbound_call_runs"
                                      " WHERE business_id = $1 AND id = $2",
                                      id.value, run.value);
    if (range.empty()) return no_such("run");
    const auto wanted = status ? std::string{to_string(*status)} : std::string{};
    const auto select = [&](const std::string& columns, const char* place, std::int64_t behind,
                            std::int64_t number) {
      return in.exec_params("SELECT " + columns +
                                " FROM outbound_call_jobs j WHERE j.business_id = $1"
                                " AND j.run_id = $2 AND j.id > $3 AND j.id BETWEEN $4 AND $5"
                                " AND ($6 = '' OR j.status = $6) ORDER BY j.id " +
                                place,
                            id.value, run.value, behind, number_of(range[0][0]),
                            number_of(range[0][1]), wanted, number);
    };
    auto behind = start->front();
    if (skip > 0) { // only ids are passed over, in the primary key
      const auto last = select("j.id", "OFFSET $7 LIMIT 1", behind, skip - 1);
      if (last.empty()) return page<job_record>{};
      behind = number_of(last[0][0]);
    }
    const auto rows = select(job_columns, "LIMIT $7", behind, limit + 1);
    return cut_page(rows, limit, job_of, behind_id('j'));
  });
}

// By the primary key, over the run's own range of jobs.
result<std::vector<outcome_count>> pg_records::outcomes(business_id id, run_id run) {
  return in_one<std::vector<outcome_count>>(
      [&](pqxx::work& in) -> result<std::vector<outcome_count>> {
        if (in.exec_params("SELECT FROM outbound_call_runs WHERE business_id = $1 AND id = $2",
                           id.value, run.value)
                .empty())
          return no_such("run");
        std::vector<outcome_count> found;
        for (const auto& row :
             in.exec_params("SELECT j.outcome, count(*), coalesce(sum(j.duration_s), 0)"
                            " FROM outbound_call_runs r JOIN outbound_call_jobs j"
                            " ON j.business_id = r.business_id AND j.run_id = r.id"
                            " AND j.id BETWEEN r.first_job_id AND r.last_job_id"
                            " WHERE r.business_id = $1 AND r.id = $2 AND j.outcome IS NOT NULL"
                            " AND j.ended_at IS NOT NULL GROUP BY 1 ORDER BY 2 DESC",
                            id.value, run.value))
          found.push_back({*outcome_of(row[0]), number_of(row[1]), number_of(row[2])});
        return found;
      });
}

result<job_record> pg_records::job(business_id id, job_id job) {
  return in_one<job_record>([&](pqxx::work& in) -> result<job_record> {
    const auto rows = in.exec_params("SELECT " + job_columns +
                                         " FROM outbound_call_jobs j"
                                         " WHERE j.business_id = $1 AND j.id = $2",
                                     id.value, job.value);
    if (rows.empty()) return no_such("job");
    return job_of(rows[0]);
  });
}

namespace {

failure refused(const char* code, const char* message) {
  return {failure_kind::conflict, code, message, ""};
}

// The run goes on with this one job; a run that is still being cleared away can't.
std::optional<failure> reopen_run(pqxx::work& in, business_id id, run_id run) {
  const auto rows = in.exec_params("SELECT status, open FROM outbound_call_runs"
                                   " WHERE business_id = $1 AND id = $2 FOR NO KEY UPDATE",
                                   id.value, run.value);
  const bool ended = is_terminal(run_status_of(rows[0][0]));
  if (ended && truth_of(rows[0][1]))
    return refused("run_ending", "the run has been stopped and is still ending: try again later");
  in.exec_params("UPDATE outbound_call_runs SET failed = failed - 1, open = true,"
                 " status = CASE WHEN $3 THEN 'running' ELSE status END,"
                 " ended_at = CASE WHEN $3 THEN NULL ELSE ended_at END,"
                 " error = CASE WHEN $3 THEN '' ELSE error END"
                 " WHERE business_id = $1 AND id = $2",
                 id.value, run.value, ended);
  return std::nullopt;
}

result<job_record> requeue(pqxx::work& in, business_id id, job_id job, const std::string& request) {
  const auto runs = in.exec_params("SELECT run_id FROM outbound_call_jobs"
                                   " WHERE business_id = $1 AND id = $2",
                                   id.value, job.value);
  if (runs.empty()) return no_such("job");
  // The run before its job, as everywhere.
  if (!runs[0][0].is_null())
    in.exec_params("SELECT FROM outbound_call_runs WHERE business_id = $1 AND id = $2"
                   " FOR NO KEY UPDATE",
                   id.value, number_of(runs[0][0]));
  const auto rows = in.exec_params("SELECT j.status, l.status = 'active' AND l.deleted_at IS NULL"
                                   " FROM outbound_call_jobs j JOIN leads l"
                                   " ON l.business_id = j.business_id AND l.id = j.lead_id"
                                   " WHERE j.business_id = $1 AND j.id = $2 FOR UPDATE OF j",
                                   id.value, job.value);
  if (job_status_of(rows[0][0]) != job_status::failed)
    return refused("job_not_failed", "only a failed job can be called once more");
  if (!truth_of(rows[0][1]))
    return refused("lead_unavailable", "the lead was deleted or must not be called");
  if (!runs[0][0].is_null())
    if (auto failed = reopen_run(in, id, id_of<run_id>(runs[0][0]))) return *failed;
  return job_of(in.exec_params("UPDATE outbound_call_jobs j SET status = 'queued', outcome = NULL,"
                               " error = NULL, ended_at = NULL, next_attempt_at = NULL,"
                               " duration_s = NULL, dial_lock_token = NULL,"
                               " request_id = coalesce(nullif($3, ''), request_id)"
                               " WHERE j.business_id = $1 AND j.id = $2 RETURNING " +
                                   job_columns,
                               id.value, job.value, request)[0]);
}

} // namespace

result<job_record> pg_records::requeue_job(business_id id, job_id job, time_point) {
  return in_audited<job_record>(ours<job_record>(id,
                                                 [&](pqxx::work& in) -> result<job_record> {
                                                   return requeue(in, id, job,
                                                                  clean_text(acts_.request, 64));
                                                 }),
                                [&](const job_record&) {
                                  return audit_line{id, "job.requeue", job.value};
                                });
}

} // namespace ringmaster::db
