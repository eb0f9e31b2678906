#include "db/claim_statements.hpp"

#include "db/fields.hpp"

#include <map>

namespace ringmaster::db {

namespace {

// Which of these slots there are (call_slots_pkey); they stay until the transaction ends. The limit
// may have been lowered since a slot was granted.
const char* const lock_slots_sql = R"(
SELECT s.business_id, s.slot
FROM unnest($1::bigint[], $2::integer[]) AS w (business_id, slot)
JOIN call_slots s ON s.business_id = w.business_id AND s.slot = w.slot
ORDER BY s.business_id, s.slot
FOR KEY SHARE OF s)";

// The job's run is locked to the end of the transaction: a stop or pause that commits later waits
// for these claims. The slot is locked as by lock_slots_sql. Both in passing: a statement of its
// own cost each batch some 140 µs more. What else is read here may be from before a wait for such a
// lock; the claim itself looks at the job again. Both indexes of live calls, live_number and
// live_slot. A scalar subquery with a LIMIT is asked row by row; an EXISTS might be answered from a
// table of all live calls of all businesses. Whether a call holds the slot is asked only when that
// may be: each slot's key has many dead rows.
const std::string look_at_jobs_sql = std::string(R"(
SELECT j.business_id, j.id, j.status, j.run_id, j.lead_id, j.phone_e164, j.next_attempt_at,
       l.status = 'active' AND l.deleted_at IS NULL, b.suspended,
       (SELECT true FROM outbound_call_jobs x
        WHERE x.business_id = j.business_id AND x.phone_e164 = j.phone_e164
          AND x.slot IS NOT NULL LIMIT 1) IS NOT NULL,
       CASE WHEN $4::boolean THEN
         (SELECT true FROM outbound_call_jobs x
          WHERE x.business_id = w.business_id AND x.slot = w.slot LIMIT 1) IS NOT NULL
       ELSE false END,
       l.first_name, l.last_name, l.external_id, l.notes, j.request_id, j.course,)") +
                                     call_room::columns + R"(, s.slot, r.status
FROM unnest($1::bigint[], $2::bigint[], $3::integer[]) AS w (business_id, job_id, slot)
LEFT JOIN LATERAL (SELECT x.slot FROM call_slots x
                   WHERE x.business_id = w.business_id AND x.slot = w.slot FOR KEY SHARE) s ON true
JOIN outbound_call_jobs j ON j.business_id = w.business_id AND j.id = w.job_id
LEFT JOIN LATERAL (SELECT x.status FROM outbound_call_runs x
                   WHERE x.business_id = j.business_id AND x.id = j.run_id FOR SHARE) r ON true
JOIN leads l ON l.business_id = j.business_id AND l.id = j.lead_id
JOIN businesses b ON b.id = j.business_id)";

// Only with the number that was looked at: it is the one that is dialled, and known not to be live.
// coalesce() keeps the planner from using a partial index here (dead rows pile up in those).
const char* const claim_sql = R"(
UPDATE outbound_call_jobs j
SET status = 'dialing', slot = w.slot, dial_lock_token = w.token, attempts = j.attempts + 1,
    dial_started_at = w.at, call_sid = NULL, calling_at = NULL, answered_at = NULL,
    ended_at = NULL, duration_s = NULL, next_attempt_at = NULL, error = NULL, outcome = NULL
FROM unnest($1::bigint[], $2::bigint[], $3::integer[], $4::uuid[], $5::timestamptz[], $6::text[])
     AS w (business_id, job_id, slot, token, at, phone)
WHERE j.business_id = w.business_id AND j.id = w.job_id AND coalesce(j.status, '') = 'queued'
  AND j.phone_e164 = w.phone
RETURNING j.business_id, j.id, j.attempts)";

const char* const cancel_jobs_sql = R"(
WITH cancelled AS (
  UPDATE outbound_call_jobs j
  SET status = 'cancelled', next_attempt_at = NULL, ended_at = w.at,
      error = 'the lead was deleted or must not be called'
  FROM unnest($1::bigint[], $2::bigint[], $3::timestamptz[]) AS w (business_id, job_id, at)
  WHERE j.business_id = w.business_id AND j.id = w.job_id AND coalesce(j.status, '') = 'queued'
  RETURNING j.business_id, j.run_id)
UPDATE outbound_call_runs r SET cancelled = r.cancelled + c.count
FROM (SELECT business_id, run_id, count(*) FROM cancelled WHERE run_id IS NOT NULL
      GROUP BY business_id, run_id ORDER BY business_id, run_id) c
WHERE r.business_id = c.business_id AND r.id = c.run_id)";

using job_key = std::pair<std::int64_t, std::int64_t>;
using claim_entry = entry<claim_job, claim_answer>;

job_key key_of(const claim_job& x) {
  return {x.business.value, x.job.value};
}

slot_key slot_of(const claim_job& x) {
  return {x.business.value, x.slot.value};
}

// In their order, each once.
void sort_once(std::vector<job_key>& keys) {
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
}

// What the database says about a job that is to be claimed.
struct candidate {
  job_status status = job_status::queued;
  run_id run;
  std::optional<run_status> run_now;
  std::optional<time_point> next_attempt_at;
  bool lead_available = false, suspended = false, number_live = false, slot_held = false;
  call_room room;
  claim_answer answer; // all that a granted claim tells
};

using candidate_map = std::map<job_key, candidate>;

// What there is to know about the jobs, and the wanted slots that there are.
struct prospects {
  candidate_map jobs;
  slot_keys slots;
};

prospects read_prospects(const answer_rows& rows) {
  prospects found;
  for (const auto row : rows) {
    if (!row[19].is_null()) found.slots.emplace_back(number_of(row[0]), number_of(row[19]));
    auto& x = found.jobs[{number_of(row[0]), number_of(row[1])}];
    x.answer.job = id_of<job_id>(row[1]);
    x.status = job_status_of(row[2]);
    x.run = id_of<run_id>(row[3]);
    x.answer.lead = id_of<lead_id>(row[4]);
    x.answer.phone = named<phone_number>(row[5]);
    x.next_attempt_at = maybe_time(row[6]);
    x.lead_available = truth_of(row[7]);
    x.suspended = truth_of(row[8]);
    x.number_live = truth_of(row[9]);
    x.slot_held = truth_of(row[10]);
    x.answer.first_name = text_of(row[11]);
    x.answer.last_name = text_of(row[12]);
    x.answer.external_id = text_of(row[13]);
    x.answer.notes = text_of(row[14]);
    x.answer.request = text_of(row[15]);
    x.answer.course = text_of(row[16]);
    x.room = call_room::read(row[17], row[18]);
    if (!row[20].is_null()) x.run_now = run_status_of(row[20]);
  }
  sort_once(found.slots);
  return found;
}

// Slots are locked in the order of their keys, too.
std::vector<std::string> look_arguments(std::vector<claim_entry*> claims, bool slots_unsure) {
  std::sort(claims.begin(), claims.end(),
            [](const auto* a, const auto* b) { return slot_of(a->request) < slot_of(b->request); });
  sql_array businesses, jobs, slots;
  for (const auto* each : claims) {
    businesses.add(each->request.business.value);
    jobs.add(each->request.job.value);
    slots.add(each->request.slot);
  }
  return {businesses.str(), jobs.str(), slots.str(), slots_unsure ? "t" : "f"};
}

// The gates in their order. Fails closed: a job that isn't found as asked for is not queued.
claim_result judge(const claim_job& wanted, const prospects& there_are,
                   const taken_numbers& taken) {
  const auto found = there_are.jobs.find(key_of(wanted));
  if (found == there_are.jobs.end() || found->second.run != wanted.run ||
      found->second.status != job_status::queued)
    return claim_result::not_queued;
  const auto& job = found->second;
  if (wanted.run && job.run_now != run_status::running) return claim_result::run_not_running;
  if (!job.lead_available) return claim_result::lead_unavailable;
  if (job.suspended) return claim_result::business_suspended;
  if (job.next_attempt_at && *job.next_attempt_at > wanted.at) return claim_result::not_due;
  if (job.number_live) return claim_result::number_busy;
  if (!job.room.has({wanted.business.value, wanted.slot.value}, there_are.slots,
                    calls_of(taken, wanted.business)))
    return claim_result::slot_closed;
  // Another call's row has it: its end, which was ahead of this claim, did not come through.
  if (job.slot_held) return claim_result::slot_refused;
  return claim_result::claimed;
}

void ask_to_cancel(statement_pipeline& out, const std::vector<claim_entry*>& claims) {
  sql_array businesses, jobs, times;
  for (const auto* each : claims) {
    businesses.add(each->request.business.value);
    jobs.add(each->request.job.value);
    times.add(each->request.at);
  }
  out.ask("claim_cancel", {businesses.str(), jobs.str(), times.str()});
}

// `claims` in the order of their keys.
void mark_claimed(const std::vector<claim_entry*>& claims, const answer_rows& rows) {
  for (const auto row : rows) {
    const job_key key{number_of(row[0]), number_of(row[1])};
    auto& granted = (*std::lower_bound(claims.begin(), claims.end(), key,
                                       [](const auto* each, const job_key& wanted) {
                                         return key_of(each->request) < wanted;
                                       }))
                        ->answer;
    granted.result = claim_result::claimed;
    granted.attempt = small_number_of(row[2]);
  }
}

// `claims` in the order of their keys.
void ask_for_slots(statement_pipeline& out, const std::vector<claim_entry*>& claims) {
  sql_array businesses, jobs, slots, tokens, times, phones;
  for (const auto* each : claims) {
    const auto& x = each->request;
    businesses.add(x.business.value);
    jobs.add(x.job.value);
    slots.add(x.slot);
    tokens.add(x.token);
    times.add(x.at);
    phones.add(each->answer.phone);
  }
  out.ask("claim",
          {businesses.str(), jobs.str(), slots.str(), tokens.str(), times.str(), phones.str()},
          [claims](const answer_rows& rows) { mark_claimed(claims, rows); });
}

// Settles the claims and asks for what is granted. `open` in the order of their keys.
void settle_claims(statement_pipeline& out, const std::vector<claim_entry*>& open,
                   prospects there_are, taken_numbers& taken) {
  std::vector<claim_entry*> granted, unavailable;
  std::set<job_key> seen;
  for (auto* each : open) {
    const auto& wanted = each->request;
    auto verdict = judge(wanted, there_are, taken);
    if (verdict == claim_result::claimed && seen.count(key_of(wanted)) != 0)
      verdict = claim_result::not_queued; // an earlier request of this batch has it
    const auto found = there_are.jobs.find(key_of(wanted));
    if (verdict == claim_result::claimed &&
        !taken.emplace(wanted.business.value, found->second.answer.phone.value).second)
      verdict = claim_result::number_busy;
    claim_answer answer;
    answer.job = wanted.job;
    if (verdict == claim_result::claimed) {
      answer = std::move(found->second.answer); // of all that ask for a job, one gets it
      // Until the UPDATE says otherwise: somebody changed the job since we looked, so look again.
      answer.result = claim_result::not_due;
      answer.not_before = wanted.at;
      granted.push_back(each);
      seen.insert(key_of(wanted));
    } else {
      answer.result = verdict;
      if (verdict == claim_result::not_due) answer.not_before = *found->second.next_attempt_at;
      if (verdict == claim_result::lead_unavailable) unavailable.push_back(each);
    }
    each->settle(std::move(answer));
  }
  if (!unavailable.empty()) ask_to_cancel(out, unavailable);
  if (!granted.empty()) ask_for_slots(out, granted);
}

} // namespace

const std::vector<statement>& claim_statements() {
  static const std::vector<statement> all = {{"claim_lock_slots", lock_slots_sql},
                                             {"claim_look", look_at_jobs_sql},
                                             {"claim", claim_sql},
                                             {"claim_cancel", cancel_jobs_sql}};
  return all;
}

std::int64_t calls_of(const taken_numbers& taken, business_id business) {
  const auto begin = taken.lower_bound({business.value, std::string()});
  const auto end = taken.lower_bound({business.value + 1, std::string()});
  return std::distance(begin, end);
}

bool call_room::has(const slot_key& slot, const slot_keys& there_are, std::int64_t with_it) const {
  if (slot.second > limit || !std::binary_search(there_are.begin(), there_are.end(), slot))
    return false;
  return crowd == 0 || crowd + with_it < limit;
}

slot_keys lock_slots(pqxx::transaction_base& in, slot_keys wanted) {
  sort_once(wanted);
  slot_keys found;
  found.reserve(wanted.size());
  sql_array businesses, slots;
  for (const auto& [business, slot] : wanted) {
    businesses.add(business);
    slots.add(slot);
  }
  for (const auto& row : in.exec_prepared("claim_lock_slots", businesses.str(), slots.str()))
    found.emplace_back(number_of(row[0]), number_of(row[1]));
  sort_once(found);
  return found;
}

void ask_claims(statement_pipeline& out, entries<claim_job, claim_answer>& claims,
                taken_numbers& taken, bool slots_unsure) {
  std::vector<claim_entry*> open;
  for (auto& each : claims) {
    if (!each.settled && (!each.request.token || !each.request.slot)) {
      claim_answer refused; // a bug of the asker's
      refused.result = claim_result::slot_refused;
      refused.job = each.request.job;
      each.settle(std::move(refused));
    }
    if (!each.settled) open.push_back(&each);
  }
  if (open.empty()) return;
  // Rows are locked in the order of their keys: batches that meet can't deadlock.
  std::stable_sort(open.begin(), open.end(), [](const auto* a, const auto* b) {
    return key_of(a->request) < key_of(b->request);
  });
  out.ask("claim_look", look_arguments(open, slots_unsure),
          [open, &out, &taken](const answer_rows& rows) {
            settle_claims(out, open, read_prospects(rows), taken);
          });
}

} // namespace ringmaster::db
