#include "db/run_statements.hpp"

#include "db/fields.hpp"

namespace ringmaster::db {

namespace {

const char* const lock_sql = R"(
SELECT status, selection_open, open, total, jobs_made, completed, failed, cancelled
FROM outbound_call_runs WHERE business_id = $1 AND id = $2
FOR NO KEY UPDATE)";

const char* const live_sql = R"(
SELECT count(*) FILTER (WHERE status = 'dialing'), count(*) FILTER (WHERE status = 'calling')
FROM outbound_call_jobs
WHERE business_id = $1 AND run_id = $2 AND slot IS NOT NULL)";

const char* const start_sql = R"(
UPDATE outbound_call_runs SET status = 'running', started_at = coalesce(started_at, $3::timestamptz)
WHERE business_id = $1 AND id = $2)";

const char* const pause_sql = R"(
UPDATE outbound_call_runs SET status = 'paused' WHERE business_id = $1 AND id = $2)";

const char* const complete_sql = R"(
UPDATE outbound_call_runs SET status = 'completed', ended_at = $3::timestamptz, open = false
WHERE business_id = $1 AND id = $2)";

// Leads of the selection that have no job yet never get one. They count as cancelled, so that the
// total stays what it was when the run was accepted.
const char* const end_sql = R"(
UPDATE outbound_call_runs
SET status = $3, ended_at = $4::timestamptz, error = $5, selection_open = false,
    cancelled = cancelled + (total - jobs_made), jobs_made = total
WHERE business_id = $1 AND id = $2)";

const char* const cancel_queue_sql = R"(
WITH cancelled AS (
  UPDATE outbound_call_jobs j
  SET status = 'cancelled', next_attempt_at = NULL, ended_at = $3::timestamptz
  FROM (SELECT business_id, id FROM outbound_call_jobs
        WHERE business_id = $1 AND run_id = $2 AND slot IS NULL AND ended_at IS NULL ORDER BY id) q
  WHERE j.business_id = q.business_id AND j.id = q.id AND coalesce(j.status, '') = 'queued'
  RETURNING j.id)
UPDATE outbound_call_runs SET cancelled = cancelled + (SELECT count(*) FROM cancelled)
WHERE business_id = $1 AND id = $2 RETURNING (SELECT count(*) FROM cancelled))";

const char* const close_sql = R"(
UPDATE outbound_call_runs SET open = false WHERE business_id = $1 AND id = $2)";

const char* const page_of_run_sql = R"(
SELECT id FROM outbound_call_jobs
WHERE business_id = $1 AND run_id = $2 AND id > $3 AND slot IS NULL AND ended_at IS NULL
  AND (next_attempt_at IS NULL OR next_attempt_at <= $4::timestamptz)
ORDER BY id LIMIT $5)";

const char* const page_of_directs_sql = R"(
SELECT id FROM outbound_call_jobs
WHERE business_id = $1 AND run_id IS NULL AND id > $2 AND slot IS NULL AND ended_at IS NULL
  AND (next_attempt_at IS NULL OR next_attempt_at <= $3::timestamptz)
ORDER BY id LIMIT $4)";

const char* const due_of_run_sql = R"(
SELECT min(next_attempt_at) FROM outbound_call_jobs
WHERE business_id = $1 AND run_id = $2 AND slot IS NULL AND ended_at IS NULL
  AND next_attempt_at > $3::timestamptz)";

const char* const due_of_directs_sql = R"(
SELECT min(next_attempt_at) FROM outbound_call_jobs
WHERE business_id = $1 AND run_id IS NULL AND slot IS NULL AND ended_at IS NULL
  AND next_attempt_at > $2::timestamptz)";

// A stop cancels so many queued jobs by itself; more of them follow in pages on another connection.
constexpr std::int64_t cancelled_at_once = 1'000;
constexpr std::int32_t max_page = 1'000;

struct run_state {
  run_status status = run_status::pending;
  bool selection_open = false, open = false;
  std::int64_t total = 0, jobs_made = 0, completed = 0, failed = 0, cancelled = 0, dialing = 0,
               calling = 0;

  std::int64_t queued() const { return total - completed - failed - cancelled - dialing - calling; }
  bool is_empty() const { return !selection_open && queued() == 0 && dialing + calling == 0; }
  run_counts counts() const {
    return {total, queued(), dialing, calling, completed, failed, cancelled};
  }
};

std::optional<run_state> lock_run(pqxx::transaction_base& in, const control_run& order) {
  const auto rows = in.exec_prepared("run_lock", order.business.value, order.run.value);
  if (rows.empty()) return std::nullopt;
  run_state run;
  const auto row = rows[0];
  run.status = run_status_of(row[0]);
  run.selection_open = truth_of(row[1]);
  run.open = truth_of(row[2]);
  run.total = number_of(row[3]);
  run.jobs_made = number_of(row[4]);
  run.completed = number_of(row[5]);
  run.failed = number_of(row[6]);
  run.cancelled = number_of(row[7]);
  const auto live = in.exec_prepared("run_live", order.business.value, order.run.value)[0];
  run.dialing = number_of(live[0]);
  run.calling = number_of(live[1]);
  return run;
}

void end_run(pqxx::transaction_base& in, const control_run& order, run_state& run) {
  const bool failing = order.verb == run_verb::fail;
  const auto at = to_sql(order.at);
  run.status = failing ? run_status::failed : run_status::cancelled;
  in.exec_prepared("run_end", order.business.value, order.run.value,
                   std::string{to_string(run.status)}, at, clean_text(order.reason, 500));
  run.cancelled += run.total - run.jobs_made;
  run.jobs_made = run.total;
  run.selection_open = false;
  if (run.queued() == 0 || run.queued() > cancelled_at_once) return;
  const auto rows = in.exec_prepared("run_cancel_queue", order.business.value, order.run.value, at);
  run.cancelled += number_of(rows[0][0]);
}

// Does what the order says if the run is in a fitting status, and says whether it was.
bool obey(pqxx::transaction_base& in, const control_run& order, run_state& run) {
  const auto business = order.business.value;
  const auto id = order.run.value;
  const auto at = to_sql(order.at);
  switch (order.verb) {
  case run_verb::start:
  case run_verb::resume:
    if (run.status != (order.verb == run_verb::start ? run_status::pending : run_status::paused))
      return false;
    in.exec_prepared("run_start", business, id, at);
    run.status = run_status::running;
    return true;
  case run_verb::pause:
    if (run.status != run_status::running) return false;
    in.exec_prepared("run_pause", business, id);
    run.status = run_status::paused;
    return true;
  case run_verb::stop:
  case run_verb::fail:
    if (is_terminal(run.status)) return false;
    end_run(in, order, run);
    return true;
  case run_verb::complete:
    if (run.status != run_status::running || !run.is_empty()) return false;
    in.exec_prepared("run_complete", business, id, at);
    run.status = run_status::completed;
    return true;
  case run_verb::close:
    if (!is_terminal(run.status) || !run.is_empty()) return false;
    if (run.open) in.exec_prepared("run_close", business, id);
    return true;
  }
  return false;
}

job_page read_page(pqxx::transaction_base& in, const next_jobs& wanted) {
  const auto business = wanted.business.value;
  const auto now = to_sql(wanted.now);
  const auto limit = std::clamp(wanted.limit, 1, max_page);
  // One more than asked for tells whether anything lies behind.
  const auto rows =
      wanted.run ? in.exec_prepared("run_page", business, wanted.run.value, wanted.after.value, now,
                                    limit + 1)
                 : in.exec_prepared("direct_page", business, wanted.after.value, now, limit + 1);
  job_page page;
  page.ok = true;
  page.end = static_cast<std::int32_t>(rows.size()) <= limit;
  for (const auto& row : rows)
    if (static_cast<std::int32_t>(page.jobs.size()) < limit)
      page.jobs.push_back(id_of<job_id>(row[0]));
  const auto due = wanted.run ? in.exec_prepared("run_next_due", business, wanted.run.value, now)
                              : in.exec_prepared("direct_next_due", business, now);
  if (const auto at = maybe_time(due[0][0])) page.next_due_at = *at;
  return page;
}

} // namespace

const std::vector<statement>& run_statements() {
  static const std::vector<statement> all = {
      {"run_lock", lock_sql},           {"run_live", live_sql},
      {"run_start", start_sql},         {"run_pause", pause_sql},
      {"run_complete", complete_sql},   {"run_end", end_sql},
      {"run_close", close_sql},         {"run_cancel_queue", cancel_queue_sql},
      {"run_page", page_of_run_sql},    {"direct_page", page_of_directs_sql},
      {"run_next_due", due_of_run_sql}, {"direct_next_due", due_of_directs_sql}};
  return all;
}

void run_controls(pqxx::transaction_base& in, entries<control_run, control_answer>& controls) {
  std::vector<entry<control_run, control_answer>*> open;
  for (auto& each : controls)
    if (!each.settled) open.push_back(&each);
  // Runs are locked in the order of their keys; orders about one run keep theirs.
  std::stable_sort(open.begin(), open.end(), [](const auto* a, const auto* b) {
    return std::make_pair(a->request.business, a->request.run) <
           std::make_pair(b->request.business, b->request.run);
  });
  for (auto* each : open) {
    control_answer answer;
    answer.result = write_result::stale;
    if (auto run = lock_run(in, each->request)) {
      if (obey(in, each->request, *run)) answer.result = write_result::applied;
      answer.status = run->status;
      answer.counts = run->counts();
    } else {
      answer.status = run_status::failed; // no such run: nothing will ever come of it
    }
    each->settle(answer);
  }
}

void run_pages(pqxx::transaction_base& in, entries<next_jobs, job_page>& pages) {
  for (auto& each : pages)
    if (!each.settled) each.settle(read_page(in, each.request));
}

} // namespace ringmaster::db
