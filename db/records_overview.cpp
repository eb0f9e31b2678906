// What is told of many things at once: the pulse of a business, the operator's list, the gates of a
// job, the pace of a run. Read only; each look goes by an index and is bounded.
#include "actors/records.hpp"
#include "db/fields.hpp"
#include "db/lead_conditions.hpp"
#include "db/pg_records.hpp"

#include <algorithm>

namespace ringmaster::db {

namespace {

// By attempts_by_time and live_slot. A call that began more than an hour ago counts no more.
const char* const pulse_sql = R"(
WITH calls AS (
  SELECT a.started_at, a.ended_at FROM call_attempts a
  WHERE a.business_id = $1 AND a.started_at >= $2::timestamptz - interval '1 hour'
    AND (a.ended_at > $2::timestamptz - interval '5 minutes'
         OR a.started_at > $2::timestamptz - interval '15 minutes')
  UNION ALL
  SELECT j.dial_started_at, $2::timestamptz FROM outbound_call_jobs j
  WHERE j.business_id = $1 AND j.slot IS NOT NULL AND j.dial_started_at < $2::timestamptz)
SELECT floor(extract(epoch FROM $2::timestamptz - started_at) / 60)::int AS minutes_ago, count(*),
       sum(greatest(0, extract(epoch FROM least(ended_at, $2::timestamptz)
                       - greatest(started_at, $2::timestamptz - interval '5 minutes'))))
FROM calls GROUP BY 1)";

// A page of businesses first, then its live calls: by live_slot and runs_open.
const std::string overview_sql = R"(
SELECT b.id, b.name, b.phone_e164, b.max_outbound_calls, b.suspended,
       (SELECT count(*) FROM outbound_call_jobs j WHERE j.business_id = b.id AND j.slot IS NOT NULL),
       (SELECT count(*) FROM outbound_call_jobs j WHERE j.business_id = b.id AND j.slot IS NOT NULL
        AND j.in_doubt_since IS NOT NULL),
       (SELECT count(*) FROM outbound_call_runs r WHERE r.business_id = b.id AND r.open),
       (SELECT count(*) FROM call_attempts a WHERE a.business_id = b.id
        AND a.started_at > $5::timestamptz - interval '1 minute')
FROM businesses b
WHERE b.id > $1 AND ($2::text IS NULL OR b.name ILIKE $2
                     OR ($3::text IS NOT NULL AND b.phone_e164 LIKE $3)) AND )";
// By live_slot and runs_open: as many entries as there are live calls and open runs.
const char* chosen(overview_choice choice) {
  switch (choice) {
  case overview_choice::busy:
    return R"(b.id IN (
  SELECT j.business_id FROM outbound_call_jobs j WHERE j.slot IS NOT NULL
  UNION SELECT r.business_id FROM outbound_call_runs r WHERE r.open))";
  case overview_choice::in_doubt:
    return R"(b.id IN (
  SELECT j.business_id FROM outbound_call_jobs j
  WHERE j.slot IS NOT NULL AND j.in_doubt_since IS NOT NULL))";
  case overview_choice::all:
    break;
  }
  return "true";
}

busy_business busy_of(const pqxx::row& row) {
  busy_business x;
  x.id = id_of<business_id>(row[0]);
  x.name = text_of(row[1]);
  x.phone = text_of(row[2]);
  x.limit = small_number_of(row[3]);
  x.suspended = truth_of(row[4]);
  x.active = small_number_of(row[5]);
  x.in_doubt = small_number_of(row[6]);
  x.runs_open = small_number_of(row[7]);
  x.calls_last_minute = number_of(row[8]);
  return x;
}

// The run's latest ended calls; other runs' calls lie between them, so the look back is bounded.
const char* const pace_sql = R"(
SELECT count(*), coalesce(avg(s), 0), coalesce(var_samp(s), 0) FROM (
  SELECT extract(epoch FROM ended_at - started_at)::float8 AS s FROM (
    SELECT a.run_id, a.started_at, a.ended_at, a.outcome FROM call_attempts a
    WHERE a.business_id = $1 AND a.started_at >= $3::timestamptz
    ORDER BY a.started_at DESC LIMIT 600) latest
  WHERE run_id = $2 AND outcome IS NOT NULL LIMIT 200) sample)";

const char* const lanes_sql = R"(
SELECT b.max_outbound_calls, r.concurrency, r.created_at,
       (SELECT coalesce(sum(o.concurrency), 0) FROM outbound_call_runs o
        WHERE o.business_id = b.id AND o.open AND o.status = 'running')
FROM outbound_call_runs r JOIN businesses b ON b.id = r.business_id
WHERE r.business_id = $1 AND r.id = $2)";

// `ahead` is counted in run_queue, at most 10,000 entries of it.
const char* const gates_sql = R"(
SELECT j.status, j.run_id, b.suspended, l.status = 'active' AND l.deleted_at IS NULL,
       coalesce(r.status, 'running'), coalesce(r.error, ''), coalesce(r.concurrency, 0),
       (SELECT count(*) FROM outbound_call_jobs o WHERE o.business_id = j.business_id
        AND o.slot IS NOT NULL AND o.run_id = j.run_id),
       j.next_attempt_at,
       (SELECT o.id FROM outbound_call_jobs o WHERE o.business_id = j.business_id
        AND o.slot IS NOT NULL AND o.phone_e164 = j.phone_e164 AND o.id <> j.id LIMIT 1),
       (SELECT count(*) FROM outbound_call_jobs o WHERE o.business_id = j.business_id
        AND o.slot IS NOT NULL),
       b.max_outbound_calls,
       (SELECT count(*) FROM (SELECT FROM outbound_call_jobs o WHERE o.business_id = j.business_id
        AND o.run_id = j.run_id AND o.slot IS NULL AND o.ended_at IS NULL AND o.id < j.id
        LIMIT 10000) before)
FROM outbound_call_jobs j
JOIN businesses b ON b.id = j.business_id
JOIN leads l ON l.business_id = j.business_id AND l.id = j.lead_id
LEFT JOIN outbound_call_runs r ON r.business_id = j.business_id AND r.id = j.run_id
WHERE j.business_id = $1 AND j.id = $2)";

std::int64_t about_businesses(pqxx::work& in) {
  constexpr std::int64_t countable = 10'000;
  const auto guess = number_of(
      in.exec("SELECT reltuples::bigint FROM pg_class WHERE oid = 'businesses'::regclass")[0][0]);
  if (guess > countable) return guess;
  return number_of(in.exec("SELECT count(*) FROM businesses")[0][0]);
}

} // namespace

std::vector<statement> watching_statements() {
  return {{"slots_of_business", "SELECT max_outbound_calls FROM businesses WHERE id = $1"},
          {"pulse", pulse_sql},
          {"lanes_of_run", lanes_sql},
          {"pace_of_run", pace_sql},
          {"run_by_id", run_by_id_sql()}};
}

result<pulse> pg_records::pulse_of(business_id id, time_point now) {
  return in_one<pulse>([&](pqxx::work& in) -> result<pulse> {
    const auto slots = in.exec_prepared("slots_of_business", id.value);
    if (slots.empty()) return no_such("business");
    pulse x;
    x.calls.assign(pulse::minutes, 0);
    double busy_s = 0;
    for (const auto& row : in.exec_prepared("pulse", id.value, to_sql(now))) {
      busy_s += row[2].is_null() ? 0 : row[2].as<double>();
      const auto ago = std::max<std::int64_t>(0, number_of(row[0]));
      if (ago == 0) x.calls_last_minute = number_of(row[1]);
      if (ago < pulse::minutes)
        x.calls[static_cast<std::size_t>(pulse::minutes - 1 - ago)] += number_of(row[1]);
    }
    constexpr double window_s = 300;
    if (const auto limit = number_of(slots[0][0]); limit > 0)
      x.busy_share = std::min(1.0, busy_s / (window_s * static_cast<double>(limit)));
    return x;
  });
}

result<page<busy_business>> pg_records::overview_page(const std::string& search,
                                                      overview_choice choice, std::int32_t limit,
                                                      const std::string& cursor) {
  const auto start = read_cursor('o', cursor, {0});
  if (!start) return start.error();
  limit = std::clamp(limit, 1, largest_page);
  return in_one<page<busy_business>>([&](pqxx::work& in) -> result<page<busy_business>> {
    const lead_patterns patterns{{search, ""}};
    // Statistics for people to look at, no decision: the database's clock will do.
    const auto now = text_of(in.exec("SELECT clock_timestamp()")[0][0]);
    const auto rows =
        in.exec_params(overview_sql + chosen(choice) + " ORDER BY b.id LIMIT $4", start->front(),
                       or_null(patterns.text), or_null(patterns.number), limit + 1, now);
    return cut_page(rows, limit, busy_of, behind_id('o'));
  });
}

result<overview> pg_records::whole_overview() {
  return in_one<overview>([&](pqxx::work& in) -> result<overview> {
    overview x;
    x.businesses = about_businesses(in);
    const auto live = in.exec("SELECT count(*), count(in_doubt_since) FROM outbound_call_jobs"
                              " WHERE slot IS NOT NULL")[0];
    x.active = number_of(live[0]);
    x.in_doubt = number_of(live[1]);
    x.runs_open = number_of(in.exec("SELECT count(*) FROM outbound_call_runs WHERE open")[0][0]);
    for (const auto& row : in.exec("SELECT owner, count(*), max(taken_at) FROM shards"
                                   " WHERE owner <> '' GROUP BY owner ORDER BY owner"))
      x.nodes.push_back({text_of(row[0]), small_number_of(row[1]), maybe_time(row[2])});
    return x;
  });
}

result<run_pace> pg_records::pace_of(business_id id, run_id run) {
  return in_one<run_pace>([&](pqxx::work& in) -> result<run_pace> {
    const auto rows = in.exec_prepared("lanes_of_run", id.value, run.value);
    if (rows.empty()) return no_such("run");
    const auto slots = number_of(rows[0][0]), wanted = number_of(rows[0][1]);
    // Slots are given in turn: runs that want more than there are share them.
    const auto all = std::max(number_of(rows[0][3]), wanted);
    run_pace x;
    x.lanes = static_cast<std::int32_t>(
        std::max<std::int64_t>(1, std::min(wanted, all > 0 ? slots * wanted / all : slots)));
    const auto sample =
        in.exec_prepared("pace_of_run", id.value, run.value, text_of(rows[0][2]))[0];
    x.calls = number_of(sample[0]);
    x.mean_s = sample[1].as<double>();
    x.variance_s2 = sample[2].as<double>();
    return x;
  });
}

result<job_gates> pg_records::gates_of(business_id id, job_id job) {
  return in_one<job_gates>([&](pqxx::work& in) -> result<job_gates> {
    const auto rows = in.exec_params(gates_sql, id.value, job.value);
    if (rows.empty()) return no_such("job");
    const auto& row = rows[0];
    job_gates x;
    x.status = job_status_of(row[0]);
    x.run = id_of<run_id>(row[1]);
    x.business_suspended = truth_of(row[2]);
    x.lead_callable = truth_of(row[3]);
    x.run_now = run_status_of(row[4]);
    x.run_error = text_of(row[5]);
    x.run_concurrency = small_number_of(row[6]);
    x.run_live = small_number_of(row[7]);
    x.next_attempt_at = maybe_time(row[8]);
    x.same_number = id_of<job_id>(row[9]);
    x.active = small_number_of(row[10]);
    x.limit = small_number_of(row[11]);
    x.ahead = number_of(row[12]);
    return x;
  });
}

result<std::int64_t> pg_records::count_leads(business_id id, const lead_filter& filter) {
  return in_one<std::int64_t>([&](pqxx::work& in) -> result<std::int64_t> {
    const lead_patterns patterns{filter};
    return number_of(in.exec_params("SELECT count(*) FROM leads l WHERE l.business_id = $1"
                                    " AND l.deleted_at IS NULL AND " +
                                        lead_condition("l", 2),
                                    id.value, or_null(patterns.text), or_null(patterns.number),
                                    or_null(patterns.status))[0][0]);
  });
}

} // namespace ringmaster::db
