#include "db/truth_statements.hpp"

#include "db/fields.hpp"

#include <map>
#include <set>
#include <sstream>

namespace ringmaster::db {

namespace {

const char* const settings_sql = R"(
SELECT id, phone_e164, max_outbound_calls, default_script, ring_timeout_s, suspended,
       redial_in_doubt, array_to_string(former_phones, ' '),
       EXISTS (SELECT FROM outbound_call_jobs j
               WHERE j.business_id = b.id AND j.run_id IS NULL AND j.slot IS NULL
                 AND j.ended_at IS NULL)
FROM businesses b WHERE id = ANY ($1::bigint[]))";

const char* const slots_sql = R"(
SELECT business_id, slot FROM call_slots WHERE business_id = ANY ($1::bigint[])
ORDER BY business_id, slot)";

const char* const live_sql = R"(
SELECT j.business_id, j.id, j.run_id, j.lead_id, j.slot, j.dial_lock_token, j.call_sid, j.status,
       j.phone_e164, j.attempts, coalesce(j.calling_at, j.dial_started_at), j.in_doubt_since,
       coalesce(j.request_id, (SELECT r.request_id FROM outbound_call_runs r
                               WHERE r.business_id = j.business_id AND r.id = j.run_id)), j.course,
       l.first_name, l.last_name, l.external_id, l.notes, j.dial_started_at
FROM outbound_call_jobs j
JOIN leads l ON l.business_id = j.business_id AND l.id = j.lead_id
WHERE j.business_id = ANY ($1::bigint[]) AND j.slot IS NOT NULL
ORDER BY j.business_id, j.slot)";

const char* const strays_sql = R"(
SELECT business_id, call_sid, job_id, dial_lock_token, phone_e164, found_at FROM stray_calls
WHERE business_id = ANY ($1::bigint[]) AND ended_at IS NULL ORDER BY business_id, call_sid)";

const char* const open_runs_sql = R"(
SELECT business_id, id, status, concurrency, script, selection_open, first_job_id,
       request_id, hang_up
FROM outbound_call_runs WHERE business_id = ANY ($1::bigint[]) AND open
ORDER BY business_id, id)";

const char* const run_sql = R"(
SELECT business_id, id, status, concurrency, script, selection_open, first_job_id,
       request_id, hang_up
FROM outbound_call_runs WHERE business_id = $1 AND id = $2 AND open)";

const char* const work_sql = R"(
SELECT business_id FROM outbound_call_jobs WHERE slot IS NOT NULL
UNION
SELECT business_id FROM outbound_call_runs WHERE open
UNION
SELECT business_id FROM outbound_call_jobs WHERE run_id IS NULL AND slot IS NULL AND ended_at IS NULL
UNION
SELECT business_id FROM stray_calls WHERE ended_at IS NULL
ORDER BY business_id)";

const char* const close_slots_sql = R"(
DELETE FROM call_slots s USING businesses b
WHERE s.business_id = ANY ($1::bigint[]) AND b.id = s.business_id
  AND s.slot > b.max_outbound_calls
  AND NOT EXISTS (SELECT FROM outbound_call_jobs j
                  WHERE j.business_id = s.business_id AND j.slot = s.slot))";

using truths = std::map<std::int64_t, business_truth>;

open_run open_run_of(const pqxx::row& row) {
  open_run run;
  run.run = id_of<run_id>(row[1]);
  run.status = run_status_of(row[2]);
  run.concurrency = small_number_of(row[3]);
  run.script = text_of(row[4]);
  run.selection_open = truth_of(row[5]);
  run.first_job = id_of<job_id>(row[6]);
  run.request = text_of(row[7]);
  run.hang_up = truth_of(row[8]);
  return run;
}

std::vector<phone_number> numbers_of(const std::string& separated) {
  std::istringstream text{separated};
  std::vector<phone_number> numbers;
  for (std::string number; text >> number;)
    numbers.emplace_back(number);
  return numbers;
}

void read_settings(pqxx::transaction_base& in, const std::string& ids, truths& into) {
  for (const auto& row : in.exec_prepared("truth_settings", ids)) {
    auto& truth = into[number_of(row[0])];
    truth.result = write_result::applied;
    truth.settings.caller_id = named<phone_number>(row[1]);
    truth.settings.max_outbound_calls = small_number_of(row[2]);
    truth.settings.default_script = text_of(row[3]);
    truth.settings.ring_timeout_s = small_number_of(row[4]);
    truth.settings.suspended = truth_of(row[5]);
    truth.settings.redial_in_doubt = truth_of(row[6]);
    truth.settings.former_caller_ids = numbers_of(text_of(row[7]));
    truth.direct_waiting = truth_of(row[8]);
  }
}

void read_live(pqxx::transaction_base& in, const std::string& ids, truths& into) {
  for (const auto& row : in.exec_prepared("truth_live", ids)) {
    live_call call;
    call.job = id_of<job_id>(row[1]);
    call.run = id_of<run_id>(row[2]);
    call.lead = id_of<lead_id>(row[3]);
    call.slot = id_of<slot_number>(row[4]);
    call.token = token_of(row[5]);
    call.sid = named<call_sid>(row[6]);
    call.status = job_status_of(row[7]);
    call.phone = named<phone_number>(row[8]);
    call.attempt = small_number_of(row[9]);
    call.since = time_of(row[10]);
    if (const auto since = maybe_time(row[11])) call.in_doubt_since = *since;
    call.request = text_of(row[12]);
    call.course = text_of(row[13]);
    call.first_name = text_of(row[14]);
    call.last_name = text_of(row[15]);
    call.external_id = text_of(row[16]);
    call.notes = text_of(row[17]);
    call.dialed_at = time_of(row[18]);
    into[number_of(row[0])].live.push_back(std::move(call));
  }
}

void read_strays(pqxx::transaction_base& in, const std::string& ids, truths& into) {
  for (const auto& row : in.exec_prepared("truth_strays", ids)) {
    live_stray stray;
    stray.sid = named<call_sid>(row[1]);
    stray.attempt = {id_of<business_id>(row[0]), id_of<job_id>(row[2]), token_of(row[3])};
    stray.phone = named<phone_number>(row[4]);
    stray.found_at = time_of(row[5]);
    into[number_of(row[0])].strays.push_back(std::move(stray));
  }
}

template <class Request, class Answer>
std::string business_ids(const entries<Request, Answer>& list) {
  std::set<std::int64_t> ids;
  for (const auto& each : list)
    if (!each.settled) ids.insert(each.request.business.value);
  sql_array text;
  for (const auto id : ids)
    text.add(id);
  return text.str();
}

template <class Request, class Answer>
bool nothing_open(const entries<Request, Answer>& list) {
  return std::all_of(list.begin(), list.end(), [](const auto& each) { return each.settled; });
}

} // namespace

const std::vector<statement>& truth_statements() {
  static const std::vector<statement> all = {
      {"truth_settings", settings_sql}, {"truth_slots", slots_sql},      {"truth_live", live_sql},
      {"truth_strays", strays_sql},     {"truth_runs", open_runs_sql},   {"truth_run", run_sql},
      {"truth_work", work_sql},         {"close_slots", close_slots_sql}};
  return all;
}

void run_close_slots(pqxx::transaction_base& in, entries<close_slots, write_answer>& requests) {
  if (nothing_open(requests)) return;
  in.exec_prepared("close_slots", business_ids(requests));
  for (auto& each : requests)
    if (!each.settled) each.settle({write_result::applied});
}

void run_loads(pqxx::transaction_base& in, entries<load_business, business_truth>& businesses) {
  if (nothing_open(businesses)) return;
  const auto ids = business_ids(businesses);
  truths found;
  read_settings(in, ids, found);
  for (const auto& row : in.exec_prepared("truth_slots", ids))
    found[number_of(row[0])].slots.push_back(id_of<slot_number>(row[1]));
  read_live(in, ids, found);
  read_strays(in, ids, found);
  for (const auto& row : in.exec_prepared("truth_runs", ids))
    found[number_of(row[0])].runs.push_back(open_run_of(row));
  for (auto& each : businesses) {
    if (each.settled) continue;
    const auto truth = found.find(each.request.business.value);
    business_truth none;
    none.result = write_result::stale;
    each.settle(truth == found.end() ? none : truth->second);
  }
}

void run_run_loads(pqxx::transaction_base& in, entries<load_run, run_truth>& runs) {
  for (auto& each : runs) {
    if (each.settled) continue;
    const auto rows =
        in.exec_prepared("truth_run", each.request.business.value, each.request.run.value);
    if (rows.empty())
      each.settle({write_result::stale, {}});
    else
      each.settle({write_result::applied, open_run_of(rows[0])});
  }
}

void run_find_work(pqxx::transaction_base& in, entries<find_work, work_answer>& requests) {
  if (nothing_open(requests)) return;
  work_answer answer;
  answer.ok = true;
  for (const auto& row : in.exec_prepared("truth_work"))
    answer.businesses.push_back(id_of<business_id>(row[0]));
  for (auto& each : requests)
    if (!each.settled) each.settle(answer);
}

} // namespace ringmaster::db
