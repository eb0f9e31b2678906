// The observer's looks at the database.
#include "db/fields.hpp"
#include "tests/simulation/observer.hpp"

namespace ringmaster::simulation {

namespace {

// Each row is a violation: what, and the business and run that it is about (0: none).
const char* const look_sql = R"(
SELECT CASE WHEN r.status = 'completed' AND c.live > 0 THEN 'I3: a completed run has work left'
            ELSE 'I3: the counters of a run and its rows differ' END, r.business_id, r.id
FROM outbound_call_runs r
CROSS JOIN LATERAL (SELECT count(*) AS made, count(*) FILTER (WHERE status = 'completed') AS completed,
                           count(*) FILTER (WHERE status = 'failed') AS failed,
                           count(*) FILTER (WHERE status = 'cancelled') AS cancelled,
                           count(*) FILTER (WHERE status IN ('queued', 'dialing', 'calling')) AS live
                    FROM outbound_call_jobs j
                    WHERE j.business_id = r.business_id AND j.run_id = r.id) c
WHERE r.business_id = ANY ($1::bigint[])
  AND NOT (r.completed = c.completed AND r.failed = c.failed AND r.jobs_made >= c.made
           AND r.cancelled - c.cancelled = r.jobs_made - c.made
           AND (r.jobs_made = c.made OR r.status IN ('cancelled', 'failed'))
           AND (r.selection_open OR r.total = r.jobs_made)
           AND (r.status <> 'completed' OR c.live = 0))
UNION ALL
SELECT 'I1: more live calls than slots', l.business_id, 0
FROM (SELECT business_id, count(*) AS live FROM outbound_call_jobs
      WHERE business_id = ANY ($1::bigint[]) AND slot IS NOT NULL GROUP BY business_id) l
WHERE live > (SELECT count(*) FROM call_slots s WHERE s.business_id = l.business_id))";

const char* const rest_sql = R"(
SELECT (SELECT count(*) FROM outbound_call_jobs WHERE business_id = ANY ($1::bigint[])
        AND status IN ('queued', 'dialing', 'calling')),
       (SELECT count(*) FROM outbound_call_runs WHERE business_id = ANY ($1::bigint[]) AND open))";

const char* const jobs_sql = R"(
SELECT business_id, id, run_id, lead_id, status, outcome, dial_lock_token FROM outbound_call_jobs
WHERE business_id = ANY ($1::bigint[]) ORDER BY business_id, id)";

const char* const runs_sql = R"(
SELECT business_id, id, status, open FROM outbound_call_runs
WHERE business_id = ANY ($1::bigint[]) ORDER BY business_id, id)";

const char* const slots_sql = R"(
SELECT b.id FROM businesses b WHERE b.id = ANY ($1::bigint[])
AND b.max_outbound_calls <> (SELECT count(*) FROM call_slots s WHERE s.business_id = b.id)
ORDER BY b.id)";

const char* const ledger_sql = R"(
SELECT business_id, count(*) FROM outbound_call_jobs
WHERE business_id = ANY ($1::bigint[]) AND slot IS NOT NULL GROUP BY business_id)";

// Calls in slots; calls outside of them that were known well before this one was claimed.
const char* const crowd_sql = R"(
SELECT (SELECT count(*) FROM outbound_call_jobs x WHERE x.business_id = $1 AND x.slot IS NOT NULL),
       (SELECT count(*) FROM stray_calls s WHERE s.business_id = $1 AND s.ended_at IS NULL
        AND s.found_at < j.dial_started_at - interval '2 seconds')
FROM outbound_call_jobs j WHERE j.business_id = $1 AND j.id = $2)";

} // namespace

struct observer::job_row {
  business_id business;
  job_id job;
  run_id run;
  lead_id lead;
  std::string status, outcome;
  dial_token token;
  std::string run_status; ///< of a direct call: empty
};

void observer::prepare(pqxx::connection& session) {
  session.prepare("observer_claim",
                  "SELECT j.status, j.run_id, j.lead_id, j.phone_e164, b.phone_e164"
                  " FROM outbound_call_jobs j JOIN businesses b ON b.id = j.business_id"
                  " WHERE j.business_id = $1 AND j.id = $2 AND j.dial_lock_token = $3::uuid");
  session.prepare("observer_live",
                  "SELECT FROM outbound_call_jobs WHERE business_id = $1 AND id = $2"
                  " AND dial_lock_token = $3::uuid AND slot IS NOT NULL");
  session.prepare("observer_crowd", crowd_sql);
  session.prepare("observer_live_tokens", "SELECT dial_lock_token FROM outbound_call_jobs"
                                          " WHERE business_id = $1 AND slot IS NOT NULL");
  session.prepare("observer_run", "SELECT status FROM outbound_call_runs WHERE id = $1");
  session.prepare("observer_limit", "SELECT max_outbound_calls FROM businesses WHERE id = $1");
  session.prepare("observer_failed", "SELECT id FROM outbound_call_jobs"
                                     " WHERE business_id = $1 AND status = 'failed' ORDER BY id");
  session.prepare("observer_look", look_sql);
  session.prepare("observer_rest", rest_sql);
  session.prepare("observer_jobs", jobs_sql);
  session.prepare("observer_runs", runs_sql);
  session.prepare("observer_slots", slots_sql);
  session.prepare("observer_ledger", ledger_sql);
}

std::string observer::own_businesses() const {
  std::string text;
  for (const auto& each : limits_)
    text += (text.empty() ? "{" : ",") + std::to_string(each.first.value);
  return text + "}";
}

pqxx::result observer::read(const char* statement, const std::string& businesses) {
  pqxx::nontransaction in{session_};
  return in.exec_prepared(statement, businesses);
}

std::set<dial_token> observer::live_tokens(business_id business) {
  pqxx::nontransaction in{session_};
  std::set<dial_token> tokens;
  for (const auto& row : in.exec_prepared("observer_live_tokens", business.value))
    tokens.insert(db::token_of(row[0]));
  return tokens;
}

void observer::look() {
  const auto own = own_businesses();
  for (const auto& row : read("observer_look", own))
    fail(row[0].as<std::string>() + ": " + on_.story.name(business_id{row[1].as<std::int64_t>()}) +
         " " + on_.story.name(run_id{row[2].as<std::int64_t>()}));
  // A limit that was lowered holds strictly once what was claimed before has ended.
  const auto lowered = [](const auto& each) { return each.second.most > each.second.now; };
  if (std::none_of(limits_.begin(), limits_.end(), lowered)) return;
  std::map<business_id, std::int32_t> held;
  for (const auto& row : read("observer_ledger", own))
    held[business_id{row[0].as<std::int64_t>()}] = row[1].as<std::int32_t>();
  for (auto& [business, limit] : limits_)
    if (unsettled_limits_.count(business) == 0)
      limit.most = std::max({limit.now, held[business], carrier_.live(business)});
}

bool observer::at_rest() {
  const auto row = read("observer_rest", own_businesses())[0];
  return row[0].as<int>() == 0 && row[1].as<int>() == 0;
}

void observer::judge_the_end() {
  const auto own = own_businesses();
  std::map<run_id, std::string> run_status;
  std::vector<job_row> jobs;
  const auto runs = read("observer_runs", own);
  for (const auto& row : runs)
    run_status[run_id{row[1].as<std::int64_t>()}] = row[2].as<std::string>();
  for (const auto& row : read("observer_jobs", own)) {
    job_row job{business_id{row[0].as<std::int64_t>()},
                job_id{row[1].as<std::int64_t>()},
                run_id{row[2].as<std::int64_t>(0)},
                lead_id{row[3].as<std::int64_t>()},
                row[4].as<std::string>(),
                row[5].as<std::string>(""),
                db::token_of(row[6]),
                {}};
    job.run_status = run_status[job.run];
    jobs.push_back(std::move(job));
  }
  for (const auto& job : jobs)
    judge_job(job);
  for (const auto& row : runs)
    if (row[3].as<bool>())
      fail("I3: " + on_.story.name(run_id{row[1].as<std::int64_t>()}) + " (" +
           row[2].as<std::string>() + ") was never closed");
  for (const auto& row : read("observer_slots", own))
    fail("I1: " + on_.story.name(business_id{row[0].as<std::int64_t>()}) +
         " has other slots than its limit says");
  if (carrier_.live() != 0) fail("calls are live at the carrier after the end");
}

/// I1: what rings outside of the slots takes calls from the limit.
void observer::judge_crowd(const attempt_ref& attempt) {
  pqxx::nontransaction in{session_};
  const auto row = in.exec_prepared("observer_crowd", attempt.business.value, attempt.job.value)[0];
  const auto strays = row[1].as<int>();
  const auto& limit = limits_[attempt.business];
  if (strays > 0 && row[0].as<int>() + strays > std::max(limit.now, limit.most))
    fail("I1: " + on_.story.name(attempt.job) + " is dialled while " + std::to_string(strays) +
         " calls outside of the slots take the place of others");
}

std::optional<job_id> observer::a_failed_job(business_id business, std::uint64_t which) {
  pqxx::nontransaction in{session_};
  const auto rows = in.exec_prepared("observer_failed", business.value);
  if (rows.empty()) return std::nullopt;
  const auto row = static_cast<pqxx::result::size_type>(which % rows.size());
  return job_id{rows[row][0].as<std::int64_t>()};
}

void observer::judge_job(const job_row& job) {
  const auto name = on_.story.name(job.job) + " of " + on_.story.name(job.business);
  if (job.status != "completed" && job.status != "failed" && job.status != "cancelled")
    return fail("I3: " + name + " stays " + job.status);
  if (once_more_[job.job] > 0) return; // what it is now may be about another attempt
  const auto* call = call_of(job.token);
  if (call != nullptr) {
    const bool talked = call->status == carrier_status::completed;
    const auto ended = talked                                      ? "answered"
                       : call->status == carrier_status::busy      ? "busy"
                       : call->status == carrier_status::no_answer ? "no_answer"
                       : call->status == carrier_status::canceled  ? "canceled"
                                                                   : "failed";
    if (job.status != (talked ? "completed" : "failed") || job.outcome != ended)
      fail(name + " is " + job.status + " (" + job.outcome + "), its call " + call->name() +
           " ended as " + ended);
  } else if (calls_created_[job.job] > 0) {
    fail(name + " forgot the call that was made for it");
  } else if (job.status == "completed") {
    fail(name + " is completed without any call");
  } else if (job.status == "failed" && condemned_.count(job.job) == 0 &&
             !(job.outcome == "in_doubt" && fails_in_doubt_.count(job.business) != 0)) {
    fail(name + " is failed, and the carrier has not said why");
  } else if (job.status == "cancelled" && !job.run && promised_.count(job.job) == 0) {
    // A direct call of which its caller was told that it is not started, or nothing at all.
  } else if (job.status == "cancelled" && once_barred_.count(job.lead) == 0 &&
             job.run_status != "cancelled" && job.run_status != "failed" &&
             opened_again_.count(job.run) == 0) {
    fail(name + " is cancelled, and nobody ordered it");
  }
}

void observer::judge_slots(business_id business, const slots_answer& slots) {
  if (!slots.ok) return fail(on_.story.name(business) + " can't tell its slots");
  if (slots.limit != limits_[business].now)
    fail("I1: the supervisor of " + on_.story.name(business) + " goes by the limit " +
         std::to_string(slots.limit));
  for (const auto& slot : slots.slots)
    if (slot.state != slot_state::free)
      fail("I1: slot " + std::to_string(slot.slot.value) + " of " + on_.story.name(business) +
           " is " + to_string(slot.state) + " after the end");
}

} // namespace ringmaster::simulation
