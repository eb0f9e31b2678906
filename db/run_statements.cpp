#include "db/run_statements.hpp"

#include "db/fields.hpp"

namespace ringmaster::db {

namespace {

const char* const lock_sql = R"(
SELECT status, selection_open, open, total, jobs_made, completed, failed, cancelled
FROM outbound_call_runs WHERE business_id = $1 AND id = $2
FOR NO KEY UPDATE)";

const char* const count_live_sql = R"(
SELECT count(*) FILTER (WHERE status = 'dialing'), count(*) FILTER (WHERE status = 'calling')
FROM outbound_call_jobs
WHERE business_id = $1 AND run_id = $2 AND slot IS NOT NULL)";

const char* const start_sql = R"(
UPDATE outbound_call_runs SET status = 'running', started_at = coalesce(started_at, $3::timestamptz),
                               hang_up = false
WHERE business_id = $1 AND id = $2)";

const char* const pause_sql = R"(
UPDATE outbound_call_runs SET status = 'paused', hang_up = $3
WHERE business_id = $1 AND id = $2)";

const char* const complete_sql = R"(
UPDATE outbound_call_runs SET status = 'completed', ended_at = $3::timestamptz, open = false
WHERE business_id = $1 AND id = $2)";

// Leads of the selection that have no job yet never get one. They count as cancelled, so that the
// total stays what it was when the run was accepted.
const char* const end_sql = R"(
UPDATE outbound_call_runs
SET status = $3, ended_at = $4::timestamptz, error = $5, selection_open = false,
    cancelled = cancelled + (total - jobs_made), jobs_made = total, hang_up = hang_up OR $6
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

// The pages of all that ask in one statement: one by one they were 6 % of the server's work. A page
// and its earliest job that is not due yet, for each that asks by its number in the arrays.
std::string pages_sql(const std::string& whose) {
  return R"(
SELECT w.number,
       ARRAY(SELECT j.id FROM outbound_call_jobs j
             WHERE j.business_id = w.business_id AND )" +
         whose + R"( AND j.id > w.after AND j.slot IS NULL AND j.ended_at IS NULL
               AND (j.next_attempt_at IS NULL OR j.next_attempt_at <= w.now)
             ORDER BY j.id LIMIT w.size),
       (SELECT j.next_attempt_at FROM outbound_call_jobs j
        WHERE j.business_id = w.business_id AND )" +
         whose + R"( AND j.slot IS NULL AND j.ended_at IS NULL AND j.next_attempt_at > w.now
        ORDER BY j.next_attempt_at LIMIT 1)
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::timestamptz[], $5::integer[])
     WITH ORDINALITY AS w (business_id, run_id, after, now, size, number))";
}

// run_queue, and queue_by_time.
const std::string pages_of_runs_sql = pages_sql("j.run_id = w.run_id");
// direct_waiting, and queue_by_time.
const std::string pages_of_directs_sql = pages_sql("j.run_id IS NULL");

// A stop cancels so many queued jobs by itself; more of them follow in pages on another connection.
constexpr std::int64_t cancelled_at_once = 1'000;
constexpr std::int32_t most_jobs_of_page = 1'000;

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
                   std::string{to_string(run.status)}, at, clean_text(order.reason, 500),
                   order.hang_up);
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
    in.exec_prepared("run_pause", business, id, order.hang_up);
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

using page_entry = entry<next_jobs, job_page>;

std::int32_t size_of(const next_jobs& wanted) {
  return std::clamp(wanted.limit, 1, most_jobs_of_page);
}

job_page page_from(const answer_row& row, const next_jobs& wanted) {
  job_page page;
  page.ok = true;
  for (const auto id : numbers_of(row[1]))
    page.jobs.emplace_back(id);
  const auto size = static_cast<std::size_t>(size_of(wanted));
  page.end = page.jobs.size() <= size;
  if (!page.end) page.jobs.resize(size);
  if (const auto at = maybe_time(row[2])) page.next_due_at = *at;
  return page;
}

void ask_pages(statement_pipeline& out, const char* statement,
               const std::vector<page_entry*>& pages) {
  if (pages.empty()) return;
  sql_array businesses, runs, after, times, sizes;
  for (const auto* each : pages) {
    businesses.add(each->request.business);
    runs.add(each->request.run);
    after.add(each->request.after.value);
    times.add(each->request.now);
    // One more than asked for tells whether anything lies behind.
    sizes.add(std::int64_t{size_of(each->request)} + 1);
  }
  out.ask(statement, {businesses.str(), runs.str(), after.str(), times.str(), sizes.str()},
          [pages](const answer_rows& rows) {
            for (const auto row : rows) {
              auto& one = *pages.at(static_cast<std::size_t>(number_of(row[0]) - 1));
              one.settle(page_from(row, one.request));
            }
          });
}

} // namespace

const std::vector<statement>& run_statements() {
  static const std::vector<statement> all = {
      {"run_lock", lock_sql},           {"run_live", count_live_sql},
      {"run_start", start_sql},         {"run_pause", pause_sql},
      {"run_complete", complete_sql},   {"run_end", end_sql},
      {"run_close", close_sql},         {"run_cancel_queue", cancel_queue_sql},
      {"run_pages", pages_of_runs_sql}, {"direct_pages", pages_of_directs_sql}};
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

void ask_pages(statement_pipeline& out, entries<next_jobs, job_page>& pages) {
  std::vector<page_entry*> of_runs, of_directs;
  for (auto& each : pages)
    if (!each.settled) (each.request.run ? of_runs : of_directs).push_back(&each);
  ask_pages(out, "run_pages", of_runs);
  ask_pages(out, "direct_pages", of_directs);
}

} // namespace ringmaster::db
