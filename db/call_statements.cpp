#include "db/call_statements.hpp"

#include "db/fields.hpp"

#include <map>

namespace ringmaster::db {

namespace {

// Every guard on the status goes through coalesce(): the planner must find the row by its primary
// key, never through a partial index whose dead rows pile up.

const char* const in_doubt_sql = R"(
UPDATE outbound_call_jobs j
SET in_doubt_since = coalesce(j.in_doubt_since, w.at), error = w.reason
FROM unnest($1::bigint[], $2::bigint[], $3::uuid[], $4::timestamptz[], $5::text[])
     AS w (business_id, job_id, token, at, reason)
WHERE j.business_id = w.business_id AND j.id = w.job_id AND j.dial_lock_token = w.token
  AND coalesce(j.status, '') = 'dialing'
RETURNING j.business_id, j.id, j.dial_lock_token)";

const char* const calling_sql = R"(
UPDATE outbound_call_jobs j
SET status = 'calling', call_sid = coalesce(w.sid, j.call_sid),
    calling_at = coalesce(j.calling_at, w.at), in_doubt_since = NULL, error = NULL,
    course = coalesce(w.course, j.course)
FROM unnest($1::bigint[], $2::bigint[], $3::uuid[], $4::text[], $5::timestamptz[], $6::text[])
     AS w (business_id, job_id, token, sid, at, course)
WHERE j.business_id = w.business_id AND j.id = w.job_id AND j.dial_lock_token = w.token
  AND (coalesce(j.status, '') = 'dialing'
       OR (coalesce(j.status, '') = 'calling'
           AND (j.call_sid IS NULL OR w.sid IS NULL OR j.call_sid = w.sid)))
RETURNING j.business_id, j.id, j.dial_lock_token)";

// The name of a call whose end was told first: worth keeping, though the status is final.
const char* const late_sid_sql = R"(
WITH w AS MATERIALIZED (
  SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::uuid[], $4::text[])
                AS w (business_id, job_id, token, sid)),
history AS (
  UPDATE call_attempts a SET call_sid = w.sid
  FROM w
  WHERE a.business_id = w.business_id AND a.job_id = w.job_id AND a.dial_lock_token = w.token
    AND a.call_sid IS NULL)
UPDATE outbound_call_jobs j SET call_sid = w.sid
FROM w
WHERE j.business_id = w.business_id AND j.id = w.job_id AND j.dial_lock_token = w.token
  AND j.call_sid IS NULL AND coalesce(j.status, '') IN ('completed', 'failed', 'cancelled'))";

// `o` is the row as it was: RETURNING would show the slot already gone.
const char* const finish_sql = R"(
WITH ended AS (
  UPDATE outbound_call_jobs j
  SET status = w.status, slot = NULL, in_doubt_since = NULL, outcome = w.outcome, error = w.error,
      ended_at = w.ended_at, answered_at = w.answered_at, duration_s = w.duration_s,
      call_sid = coalesce(w.sid, j.call_sid), course = NULL
  FROM unnest($1::bigint[], $2::bigint[], $3::uuid[], $4::text[], $5::text[], $6::text[],
              $7::text[], $8::timestamptz[], $9::timestamptz[], $10::integer[], $11::text[])
       AS w (business_id, job_id, token, status, outcome, sid, error, ended_at, answered_at,
             duration_s, course)
  JOIN outbound_call_jobs o ON o.business_id = w.business_id AND o.id = w.job_id
  WHERE j.business_id = w.business_id AND j.id = w.job_id AND j.dial_lock_token = w.token
    AND coalesce(j.status, '') IN ('dialing', 'calling')
  RETURNING j.*, o.slot AS old_slot, coalesce(w.course, o.course) AS whole_course),
history AS (
  INSERT INTO call_attempts (business_id, job_id, attempt, run_id, lead_id, phone_e164,
                             dial_lock_token, call_sid, slot, outcome, error, started_at,
                             answered_at, ended_at, duration_s, request_id, course)
  SELECT business_id, id, attempts, run_id, lead_id, phone_e164, dial_lock_token, call_sid,
         old_slot, outcome, error, dial_started_at, answered_at, ended_at, duration_s, request_id,
         whole_course
  FROM ended),
counted AS (
  UPDATE outbound_call_runs r
  SET completed = r.completed + c.completed, failed = r.failed + c.failed,
      cancelled = r.cancelled + c.cancelled
  FROM (SELECT business_id, run_id, count(*) FILTER (WHERE status = 'completed') AS completed,
               count(*) FILTER (WHERE status = 'failed') AS failed,
               count(*) FILTER (WHERE status = 'cancelled') AS cancelled
        FROM ended WHERE run_id IS NOT NULL
        GROUP BY business_id, run_id ORDER BY business_id, run_id) c
  WHERE r.business_id = c.business_id AND r.id = c.run_id)
SELECT business_id, id, dial_lock_token FROM ended)";

// The lead's number may have been corrected while the job was live: it follows now, as that of
// queued jobs did then (follow_numbers.cpp). Who else has the number: leads_by_phone.
const char* const requeue_sql = R"(
WITH moved AS (
  UPDATE outbound_call_jobs j
  SET status = CASE WHEN d.run_over OR d.twice THEN 'cancelled' ELSE 'queued' END,
      dial_lock_token = CASE WHEN d.run_over OR d.twice THEN j.dial_lock_token END,
      next_attempt_at = CASE WHEN d.run_over OR d.twice THEN NULL ELSE d.next_attempt_at END,
      ended_at = CASE WHEN d.run_over OR d.twice THEN d.at END,
      attempts = CASE WHEN d.counts THEN j.attempts ELSE j.attempts - 1 END,
      phone_e164 = CASE WHEN d.run_over OR d.twice THEN j.phone_e164 ELSE d.phone_now END,
      slot = NULL, in_doubt_since = NULL, outcome = NULL,
      course = CASE WHEN NOT d.counts THEN coalesce(d.course, j.course) END,
      error = CASE WHEN d.twice THEN 'another lead of the run has this number' ELSE d.reason END
  FROM (SELECT w.*, o.slot, o.course AS old_course, o.phone_e164 AS dialled, l.phone_e164 AS phone_now,
               coalesce(r.status IN ('completed', 'cancelled', 'failed'), false) AS run_over,
               o.run_id IS NOT NULL AND l.phone_e164 <> o.phone_e164 AND EXISTS (
                 SELECT FROM leads p
                 JOIN outbound_call_jobs x ON x.business_id = p.business_id AND x.run_id = o.run_id
                                          AND x.lead_id = p.id
                 WHERE p.business_id = l.business_id AND p.phone_e164 = l.phone_e164
                   AND p.deleted_at IS NULL AND p.id <> l.id AND x.phone_e164 = l.phone_e164
                   AND x.status <> 'cancelled') AS twice
        FROM unnest($1::bigint[], $2::bigint[], $3::uuid[], $4::timestamptz[], $5::timestamptz[],
                    $6::boolean[], $7::text[], $8::text[])
             AS w (business_id, job_id, token, at, next_attempt_at, counts, reason, course)
        JOIN outbound_call_jobs o ON o.business_id = w.business_id AND o.id = w.job_id
        JOIN leads l ON l.business_id = o.business_id AND l.id = o.lead_id
        LEFT JOIN outbound_call_runs r ON r.business_id = o.business_id AND r.id = o.run_id) d
  WHERE j.business_id = d.business_id AND j.id = d.job_id AND j.dial_lock_token = d.token
    AND coalesce(j.status, '') IN ('dialing', 'calling')
  RETURNING j.*, d.slot AS old_slot, d.dialled, d.token, d.at, d.counts,
            coalesce(d.course, d.old_course) AS whole_course),
history AS (
  INSERT INTO call_attempts (business_id, job_id, attempt, run_id, lead_id, phone_e164,
                             dial_lock_token, call_sid, slot, outcome, error, started_at, ended_at,
                             request_id, course)
  SELECT business_id, id, attempts, run_id, lead_id, dialled, token, call_sid, old_slot, NULL,
         error, dial_started_at, at, request_id, whole_course
  FROM moved WHERE counts),
counted AS (
  UPDATE outbound_call_runs r SET cancelled = r.cancelled + c.count
  FROM (SELECT business_id, run_id, count(*)
        FROM moved WHERE run_id IS NOT NULL AND status = 'cancelled'
        GROUP BY business_id, run_id ORDER BY business_id, run_id) c
  WHERE r.business_id = c.business_id AND r.id = c.run_id)
SELECT business_id, id, token FROM moved)";

const char* const fail_job_sql = R"(
WITH broken AS (
  UPDATE outbound_call_jobs j
  SET status = 'failed', outcome = 'failed', error = w.error, ended_at = w.at, next_attempt_at = NULL
  FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::timestamptz[])
       AS w (business_id, job_id, error, at)
  WHERE j.business_id = w.business_id AND j.id = w.job_id AND coalesce(j.status, '') = 'queued'
  RETURNING j.business_id, j.id, j.run_id),
counted AS (
  UPDATE outbound_call_runs r SET failed = r.failed + c.count
  FROM (SELECT business_id, run_id, count(*) FROM broken WHERE run_id IS NOT NULL
        GROUP BY business_id, run_id ORDER BY business_id, run_id) c
  WHERE r.business_id = c.business_id AND r.id = c.run_id)
SELECT business_id, id FROM broken)";

constexpr std::size_t max_reason = 500, max_sid = 128, max_course = 2'000;

template <class Request>
using open_entries = std::vector<entry<Request, write_answer>*>;

template <class Request>
attempt_key key_of(const Request& x) {
  return {x.attempt.business.value, x.attempt.job.value, x.attempt.token};
}

// The entries that a statement has to deal with, one for each attempt, in the order of their keys.
// A second one for the same attempt is `stale` unless `same` finds it to say what the first says.
template <class Request, class Same>
open_entries<Request>
fold(entries<Request, write_answer>& list, Same same,
     std::vector<std::pair<entry<Request, write_answer>*, entry<Request, write_answer>*>>& echoes) {
  open_entries<Request> open;
  for (auto& each : list) {
    if (each.settled) continue;
    each.settle({write_result::stale});
    // No attempt of ours was ever named otherwise.
    if (each.request.attempt.token) open.push_back(&each);
  }
  std::stable_sort(open.begin(), open.end(), [](const auto* a, const auto* b) {
    return key_of(a->request) < key_of(b->request);
  });
  std::size_t kept = 0;
  for (auto* each : open) {
    if (kept == 0 || key_of(open[kept - 1]->request) < key_of(each->request))
      open[kept++] = each;
    else if (same(open[kept - 1]->request, each->request))
      echoes.emplace_back(open[kept - 1], each);
  }
  open.resize(kept);
  return open;
}

template <class Request>
open_entries<Request> fold(entries<Request, write_answer>& list) {
  std::vector<std::pair<entry<Request, write_answer>*, entry<Request, write_answer>*>> echoes;
  return fold(
      list, [](const Request&, const Request&) { return false; }, echoes);
}

// `open` as fold() left it: in the order of the keys.
template <class Request>
void mark_applied(const open_entries<Request>& open, const answer_rows& rows) {
  for (const auto row : rows) {
    const attempt_key key{number_of(row[0]), number_of(row[1]), token_of(row[2])};
    const auto found = std::lower_bound(
        open.begin(), open.end(), key,
        [](const auto* each, const attempt_key& wanted) { return key_of(each->request) < wanted; });
    if (found != open.end() && !(key < key_of((*found)->request)))
      (*found)->answer.result = write_result::applied;
  }
}

struct attempt_columns {
  sql_array businesses, jobs, tokens;

  void add(const attempt_ref& x) {
    businesses.add(x.business.value);
    jobs.add(x.job.value);
    tokens.add(x.token);
  }
};

// An empty text is stored as NULL.
void add_text(sql_array& to, const std::string& text, std::size_t max_bytes) {
  if (text.empty())
    to.add_null();
  else
    to.add(clean_text(text, max_bytes));
}

void ask_late_sids(statement_pipeline& out, const open_entries<mark_calling>& open) {
  attempt_columns keys;
  sql_array sids;
  bool any = false;
  for (const auto* each : open) {
    if (each->answer.result != write_result::stale || !each->request.sid) continue;
    keys.add(each->request.attempt);
    add_text(sids, each->request.sid.value, max_sid);
    any = true;
  }
  if (any)
    out.ask("call_late_sid",
            {keys.businesses.str(), keys.jobs.str(), keys.tokens.str(), sids.str()});
}

} // namespace

const std::vector<statement>& call_statements() {
  static const std::vector<statement> all = {
      {"call_in_doubt", in_doubt_sql}, {"call_calling", calling_sql},
      {"call_late_sid", late_sid_sql}, {"call_finish", finish_sql},
      {"call_requeue", requeue_sql},   {"fail_job", fail_job_sql}};
  return all;
}

void ask_doubts(statement_pipeline& out, entries<mark_in_doubt, write_answer>& doubts) {
  const auto open = fold(doubts);
  if (open.empty()) return;
  attempt_columns keys;
  sql_array times, reasons;
  for (const auto* each : open) {
    keys.add(each->request.attempt);
    times.add(each->request.at);
    add_text(reasons, each->request.reason, max_reason);
  }
  out.ask("call_in_doubt",
          {keys.businesses.str(), keys.jobs.str(), keys.tokens.str(), times.str(), reasons.str()},
          [open](const answer_rows& rows) { mark_applied(open, rows); });
}

void ask_callings(statement_pipeline& out, entries<mark_calling, write_answer>& callings) {
  std::vector<std::pair<entry<mark_calling, write_answer>*, entry<mark_calling, write_answer>*>>
      echoes;
  const auto open = fold(
      callings, [](const mark_calling& a, const mark_calling& b) { return a.sid == b.sid; },
      echoes);
  if (open.empty()) return;
  attempt_columns keys;
  sql_array sids, times, courses;
  for (const auto* each : open) {
    keys.add(each->request.attempt);
    add_text(sids, each->request.sid.value, max_sid);
    times.add(each->request.at);
    add_text(courses, each->request.course, max_course);
  }
  out.ask("call_calling",
          {keys.businesses.str(), keys.jobs.str(), keys.tokens.str(), sids.str(), times.str(),
           courses.str()},
          [open, echoes, &out](const answer_rows& rows) {
            mark_applied(open, rows);
            ask_late_sids(out, open);
            for (const auto& [first, echo] : echoes)
              echo->answer = first->answer;
          });
}

void ask_finishes(statement_pipeline& out, entries<finish_call, write_answer>& finishes) {
  // Only a terminal status may free a slot.
  for (auto& each : finishes)
    if (!each.settled && !is_terminal(each.request.status)) each.settle({write_result::stale});
  const auto open = fold(finishes);
  if (open.empty()) return;
  attempt_columns keys;
  sql_array statuses, outcomes, sids, errors, ends, answers, durations, courses;
  for (const auto* each : open) {
    const auto& x = each->request;
    keys.add(x.attempt);
    statuses.add(to_string(x.status));
    if (x.outcome)
      outcomes.add(to_string(*x.outcome));
    else
      outcomes.add_null();
    add_text(sids, x.sid.value, max_sid);
    add_text(errors, x.error, max_reason);
    ends.add(x.ended_at);
    answers.add(x.answered_at);
    durations.add(static_cast<std::int64_t>(std::max(x.duration_s, 0)));
    add_text(courses, x.course, max_course);
  }
  out.ask("call_finish",
          {keys.businesses.str(), keys.jobs.str(), keys.tokens.str(), statuses.str(),
           outcomes.str(), sids.str(), errors.str(), ends.str(), answers.str(), durations.str(),
           courses.str()},
          [open](const answer_rows& rows) { mark_applied(open, rows); });
}

void ask_requeues(statement_pipeline& out, entries<requeue_call, write_answer>& requeues) {
  const auto open = fold(requeues);
  if (open.empty()) return;
  attempt_columns keys;
  sql_array times, due, counts, reasons, courses;
  for (const auto* each : open) {
    const auto& x = each->request;
    keys.add(x.attempt);
    times.add(x.at);
    due.add(x.next_attempt_at);
    counts.add(x.counts);
    add_text(reasons, x.reason, max_reason);
    add_text(courses, x.course, max_course);
  }
  out.ask("call_requeue",
          {keys.businesses.str(), keys.jobs.str(), keys.tokens.str(), times.str(), due.str(),
           counts.str(), reasons.str(), courses.str()},
          [open](const answer_rows& rows) { mark_applied(open, rows); });
}

void run_job_failures(pqxx::transaction_base& in, entries<fail_job, write_answer>& failures) {
  std::map<std::pair<business_id, job_id>, entry<fail_job, write_answer>*> open;
  for (auto& each : failures) {
    if (each.settled) continue;
    each.settle({write_result::stale});
    open.emplace(std::make_pair(each.request.business, each.request.job), &each);
  }
  if (open.empty()) return;
  sql_array businesses, jobs, errors, times;
  for (const auto& [key, each] : open) {
    businesses.add(key.first.value);
    jobs.add(key.second.value);
    add_text(errors, each->request.error, max_reason);
    times.add(each->request.at);
  }
  for (const auto& row :
       in.exec_prepared("fail_job", businesses.str(), jobs.str(), errors.str(), times.str()))
    open.at({id_of<business_id>(row[0]), id_of<job_id>(row[1])})->answer.result =
        write_result::applied;
}

} // namespace ringmaster::db
