#include "db/stock_taking.hpp"

#include "actors/carrier_rules.hpp"
#include "db/bulk_statements.hpp"
#include "db/fields.hpp"
#include "db/home.hpp"

namespace ringmaster::db {

namespace {

// The carrier's clock against ours, and the second that its times are rounded to.
const char* const skew = "interval '60 seconds'";

const char* const make_told_sql = R"(
CREATE TEMPORARY TABLE told ON COMMIT DROP AS
SELECT t.*, (SELECT min(b.id) FROM businesses b
             WHERE t.caller = b.phone_e164 OR t.caller = ANY (b.former_phones)) AS business_id
FROM unnest($1::text[], $2::text[], $3::text[], $4::boolean[], $5::text[], $6::timestamptz[],
            $7::timestamptz[], $8::integer[])
     AS t (sid, caller, callee, live, outcome, created_at, ended_at, duration_s)
WHERE NOT EXISTS (SELECT FROM outbound_call_jobs j WHERE j.call_sid = t.sid)
  AND NOT EXISTS (SELECT FROM call_attempts a WHERE a.call_sid = t.sid)
  AND NOT EXISTS (SELECT FROM stray_calls s WHERE s.call_sid = t.sid))";

// A live call first, as call_match does: an ended one needs no slot.
const std::string adopt_sql = std::string{R"(
WITH best AS (
  SELECT DISTINCT ON (j.business_id, j.id) j.business_id, j.id, t.sid
  FROM outbound_call_jobs j
  JOIN told t ON t.business_id = j.business_id AND t.callee = j.phone_e164
  WHERE j.slot IS NOT NULL AND j.call_sid IS NULL
    AND (t.created_at IS NULL OR t.created_at >= j.dial_started_at - )"} +
                              skew + R"()
  ORDER BY j.business_id, j.id, t.live DESC, t.created_at),
adopted AS (
  UPDATE outbound_call_jobs j
  SET status = 'calling', call_sid = best.sid, calling_at = coalesce(j.calling_at, $1::timestamptz),
      in_doubt_since = NULL, error = NULL
  FROM best WHERE j.business_id = best.business_id AND j.id = best.id
  RETURNING j.call_sid)
DELETE FROM told USING adopted WHERE told.sid = adopted.call_sid)";

// One call and one queued job with its number: that was it. Else somebody has to look.
const char* const settle_sql = R"(
WITH hit AS (
  SELECT j.business_id, j.id, t.sid, t.created_at, t.ended_at, t.duration_s, t.outcome,
         NOT t.live AND t.outcome IS NOT NULL AND t.business_id IS NOT NULL
           AND count(*) OVER (PARTITION BY j.business_id, j.phone_e164) = 1 AS certain
  FROM outbound_call_jobs j
  CROSS JOIN LATERAL (
    SELECT x.* FROM told x
    WHERE x.callee = j.phone_e164 AND coalesce(x.business_id, j.business_id) = j.business_id
    ORDER BY x.live DESC, x.created_at DESC LIMIT 1) t
  WHERE j.slot IS NULL AND j.ended_at IS NULL AND j.run_id IS NOT NULL),
moved AS (
  UPDATE outbound_call_jobs j
  SET status = CASE WHEN hit.certain AND hit.outcome IN ('answered', 'machine') THEN 'completed'
                    ELSE 'failed' END,
      outcome = CASE WHEN hit.certain THEN hit.outcome ELSE 'in_doubt' END,
      error = CASE WHEN NOT hit.certain
                   THEN 'this number was called after the backup that was restored' END,
      attempts = j.attempts + 1, dial_lock_token = gen_random_uuid(), call_sid = hit.sid,
      dial_started_at = coalesce(hit.created_at, $1::timestamptz),
      ended_at = coalesce(hit.ended_at, $1::timestamptz), duration_s = hit.duration_s,
      next_attempt_at = NULL
  FROM hit WHERE j.business_id = hit.business_id AND j.id = hit.id
  RETURNING j.*, hit.certain),
history AS (
  INSERT INTO call_attempts (business_id, job_id, attempt, run_id, lead_id, phone_e164,
                             dial_lock_token, call_sid, slot, outcome, error, started_at, ended_at,
                             duration_s)
  SELECT business_id, id, attempts, run_id, lead_id, phone_e164, dial_lock_token, call_sid, 0,
         outcome, error, dial_started_at, ended_at, duration_s
  FROM moved),
counted AS (
  UPDATE outbound_call_runs r SET completed = r.completed + c.completed, failed = r.failed + c.failed
  FROM (SELECT business_id, run_id, count(*) FILTER (WHERE status = 'completed') AS completed,
               count(*) FILTER (WHERE status = 'failed') AS failed
        FROM moved GROUP BY business_id, run_id) c
  WHERE r.business_id = c.business_id AND r.id = c.run_id)
SELECT count(*) FILTER (WHERE certain), count(*) FILTER (WHERE NOT certain) FROM moved)";

const char* const make_strays_sql = R"(
INSERT INTO stray_calls (business_id, call_sid, job_id, dial_lock_token, phone_e164, reason, found_at)
SELECT business_id, sid, 0, gen_random_uuid(), callee,
       'a call made after the backup that was restored', $1::timestamptz
FROM told WHERE live AND business_id IS NOT NULL)";

const char* const pause_runs_sql = R"(
WITH paused AS (
  UPDATE outbound_call_runs SET status = 'paused' WHERE status IN ('pending', 'running')
  RETURNING business_id, id)
INSERT INTO audit_log (at, who, business_id, what, subject)
SELECT $1::timestamptz, 'ringmaster restored', business_id, 'run.pause', id FROM paused)";

// Whoever asked for such a call has long been told something else.
const char* const withdraw_sql = R"(
UPDATE outbound_call_jobs
SET status = 'cancelled', ended_at = $1::timestamptz, next_attempt_at = NULL,
    error = 'withdrawn: it waited when a backup was restored'
WHERE slot IS NULL AND ended_at IS NULL AND run_id IS NULL)";

// Ids that were given after the backup are in other people's hands: they never mean something else.
const char* const leave_ids_sql = R"(
SELECT setval('business_ids', (SELECT last_value FROM business_ids) + 1000000),
       setval('lead_ids', (SELECT last_value FROM lead_ids) + 1000000),
       setval('run_ids', (SELECT last_value FROM run_ids) + 1000000),
       setval('job_ids', (SELECT last_value FROM job_ids) + 1000000))";

const char* const tell_restored_sql = R"(
INSERT INTO audit_log (at, who, what, detail)
VALUES ($1::timestamptz, 'ringmaster restored', 'database.restored',
        jsonb_build_object('unknown_calls', $2::bigint, 'adopted', $3::bigint, 'settled', $4::bigint,
                           'unclear', $5::bigint, 'live', $6::bigint, 'withdrawn', $7::bigint)))";

/// "+1 (415) 555-0100" as "+14155550100": carriers differ in what they send back.
std::string plain(const phone_number& phone) {
  std::string digits = "+";
  for (const char c : phone.value)
    if (c >= '0' && c <= '9') digits += c;
  return digits;
}

void make_told(pqxx::transaction_base& in, const std::vector<carrier_call>& calls) {
  sql_array sids, callers, callees, live, outcomes, created, ended, durations;
  for (const auto& call : calls) {
    if (!call.direction.empty() && call.direction != "outbound-api") continue;
    const bool over = is_terminal(call.status);
    sids.add(call.sid);
    callers.add(plain(call.from));
    callees.add(plain(call.to));
    live.add(!over);
    if (over)
      outcomes.add(to_string(ringmaster::outcome_of(call.status, is_machine(call.answered_by))));
    else
      outcomes.add_null();
    created.add(call.created_at);
    ended.add(call.ended_at);
    durations.add(static_cast<std::int64_t>(call.duration_s));
  }
  in.exec_params(make_told_sql, sids.str(), callers.str(), callees.str(), live.str(),
                 outcomes.str(), created.str(), ended.str(), durations.str());
}

stock settle(pqxx::transaction_base& in, const std::vector<carrier_call>& calls, time_point at) {
  stock found;
  const auto now = to_sql(at);
  make_told(in, calls);
  for (const auto& row : in.exec("SELECT sid FROM told ORDER BY created_at, sid"))
    found.strange.push_back(named<call_sid>(row[0]));
  found.unknown = static_cast<std::int64_t>(found.strange.size());
  found.adopted = static_cast<std::int64_t>(in.exec_params(adopt_sql, now).affected_rows());
  const auto settled = in.exec_params(settle_sql, now)[0];
  found.settled = number_of(settled[0]);
  found.unclear = number_of(settled[1]);
  found.live = static_cast<std::int64_t>(in.exec_params(make_strays_sql, now).affected_rows());
  found.paused_runs =
      static_cast<std::int64_t>(in.exec_params(pause_runs_sql, now).affected_rows());
  found.withdrawn = static_cast<std::int64_t>(in.exec_params(withdraw_sql, now).affected_rows());
  in.exec(leave_ids_sql);
  in.exec_params(tell_restored_sql, now, found.unknown, found.adopted, found.settled, found.unclear,
                 found.live, found.withdrawn);
  arrive_home(in);
  return found;
}

} // namespace

connection stock_session(const std::string& url) {
  session_settings settings;
  settings.application_name = "ringmaster restored";
  settings.statement_timeout = std::chrono::minutes{30};
  settings.answer_timeout = std::chrono::minutes{31};
  return {url, settings, bulk_statements()};
}

result<done> make_missing_jobs(connection& to, time_point at) {
  std::vector<materialise_page> open;
  auto failed = in_transaction(to, [&](pqxx::work& in) {
    leave_home(in);
    for (const auto& row : in.exec("SELECT business_id, id FROM outbound_call_runs"
                                   " WHERE selection_open ORDER BY business_id, id"))
      open.push_back({id_of<business_id>(row[0]), id_of<run_id>(row[1]), 20'000, at});
  });
  for (const auto& page : open)
    for (bool more = true; more && !failed;) {
      failed = in_transaction(to, [&](pqxx::work& in) -> bool {
        const auto made = run_materialise_page(in, page);
        more = made.more;
        return made.result == write_result::applied;
      });
    }
  if (failed) return to_failure(*failed);
  return done{};
}

result<std::optional<time_point>> news_since(connection& to) {
  std::optional<time_point> since;
  const auto failed = in_transaction(to, [&](pqxx::work& in) {
    since = maybe_time(in.exec(std::string{R"(
      SELECT least((SELECT min(dial_started_at) FROM outbound_call_jobs WHERE slot IS NOT NULL),
                   greatest((SELECT max(dial_started_at) FROM outbound_call_jobs),
                            (SELECT max(started_at) FROM call_attempts),
                            (SELECT max(created_at) FROM outbound_call_runs))) - )"} +
                               skew)[0][0]);
  });
  if (failed) return to_failure(*failed);
  return since;
}

result<stock> take_stock(connection& to, const std::vector<carrier_call>& calls, time_point at) {
  stock found;
  const auto failed = in_transaction(to, [&](pqxx::work& in) { found = settle(in, calls, at); });
  if (!failed) return found;
  auto why = to_failure(*failed);
  why.message += " (" + failed->message + ")";
  return why;
}

} // namespace ringmaster::db
