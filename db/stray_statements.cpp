#include "db/stray_statements.hpp"

#include "db/fields.hpp"

#include <map>

namespace ringmaster::db {

namespace {

constexpr std::size_t max_sid = 128, max_reason = 300;

// An end is final; all else is as it was first told.
const char* const keep_sql = R"(
INSERT INTO stray_calls (business_id, call_sid, job_id, dial_lock_token, phone_e164, reason,
                         found_at, ended_at)
SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::uuid[], $5::text[], $6::text[],
                     $7::timestamptz[], $8::timestamptz[])
ON CONFLICT (business_id, call_sid)
DO UPDATE SET ended_at = coalesce(stray_calls.ended_at, excluded.ended_at))";

// By job: primary key. By number: attempts_by_time, from `since` on.
const char* const of_job_sql = R"(
SELECT job_id, dial_lock_token, call_sid, outcome, started_at FROM call_attempts
WHERE business_id = $1 AND job_id = $2)";

const char* const of_number_sql = R"(
SELECT job_id, dial_lock_token, call_sid, outcome, started_at FROM call_attempts
WHERE business_id = $1 AND phone_e164 = $2 AND started_at >= $3)";

const char* const recalled_job_sql = R"(
SELECT j.phone_e164, j.dial_lock_token, j.call_sid, coalesce(j.request_id, r.request_id)
FROM outbound_call_jobs j
LEFT JOIN outbound_call_runs r ON r.business_id = j.business_id AND r.id = j.run_id
WHERE j.business_id = $1 AND j.id = $2)";

past_attempt past_attempt_of(const pqxx::row& row) {
  past_attempt found;
  found.job = id_of<job_id>(row[0]);
  found.token = token_of(row[1]);
  found.sid = named<call_sid>(row[2]);
  if (const auto outcome = outcome_of(row[3])) found.outcome = *outcome;
  found.started_at = time_of(row[4]);
  return found;
}

recall_answer recall(pqxx::transaction_base& in, const recall_attempts& wanted) {
  recall_answer answer;
  answer.result = write_result::applied;
  const auto business = wanted.business.value;
  const auto rows = wanted.job ? in.exec_prepared("recall_of_job", business, wanted.job.value)
                               : in.exec_prepared("recall_of_number", business, wanted.phone.value,
                                                  to_sql(wanted.since));
  for (const auto& row : rows)
    answer.attempts.push_back(past_attempt_of(row));
  if (!wanted.job) return answer;
  const auto job = in.exec_prepared("recall_job", business, wanted.job.value);
  if (job.empty()) return answer;
  answer.phone = named<phone_number>(job[0][0]);
  answer.token = token_of(job[0][1]);
  answer.sid = named<call_sid>(job[0][2]);
  answer.request = text_of(job[0][3]);
  return answer;
}

} // namespace

const std::vector<statement>& stray_statements() {
  static const std::vector<statement> all = {{"stray_keep", keep_sql},
                                             {"recall_of_job", of_job_sql},
                                             {"recall_of_number", of_number_sql},
                                             {"recall_job", recalled_job_sql}};
  return all;
}

void run_strays(pqxx::transaction_base& in, entries<keep_stray, write_answer>& strays) {
  // One row a call: what a batch says of it several times is folded.
  std::map<std::pair<business_id, call_sid>, keep_stray> rows;
  for (auto& each : strays) {
    if (each.settled) continue;
    const auto& x = each.request;
    if (!x.attempt.token || !x.sid || x.sid.value.size() > max_sid) {
      each.settle({write_result::stale}); // no attempt of ours was ever named like that
      continue;
    }
    each.settle({write_result::applied});
    auto [row, first] = rows.emplace(std::make_pair(x.attempt.business, x.sid), x);
    if (!first && x.ended_at) row->second.ended_at = x.ended_at;
  }
  if (rows.empty()) return;
  sql_array businesses, sids, jobs, tokens, phones, reasons, found, ended;
  for (const auto& [key, x] : rows) {
    businesses.add(key.first.value);
    sids.add(clean_text(key.second.value, max_sid));
    jobs.add(x.attempt.job.value);
    tokens.add(x.attempt.token);
    phones.add(std::string_view{x.phone.value});
    reasons.add(clean_text(x.reason, max_reason));
    found.add(x.found_at);
    ended.add(x.ended_at);
  }
  in.exec_prepared("stray_keep", businesses.str(), sids.str(), jobs.str(), tokens.str(),
                   phones.str(), reasons.str(), found.str(), ended.str());
}

void run_recalls(pqxx::transaction_base& in, entries<recall_attempts, recall_answer>& recalls) {
  for (auto& each : recalls)
    if (!each.settled) each.settle(recall(in, each.request));
}

} // namespace ringmaster::db
