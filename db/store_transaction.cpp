#include "db/store_transaction.hpp"

#include "db/audit_statements.hpp"
#include "db/call_statements.hpp"
#include "db/direct_statements.hpp"
#include "db/fields.hpp"
#include "db/run_statements.hpp"
#include "db/stray_statements.hpp"
#include "db/truth_statements.hpp"

#include <bitset>

namespace ringmaster::db {

namespace {

// The fence: a takeover updates these rows, so it waits for whatever is in flight under the old
// epoch.
const char* const fence_sql = R"(
SELECT shard, epoch, pg_current_xact_id()::text FROM shards
WHERE shard = ANY ($1::integer[]) ORDER BY shard FOR SHARE)";

// The same of a transaction that changes something: numbered, behind the fence (what nobody reads
// of a statement is done last, so a takeover that holds the shards is not waited for with the mark
// in hand).
const std::string marking_fence_sql = std::string{R"(
WITH marked AS (
  INSERT INTO commit_marks VALUES ($2::uuid, $3, $4)
  ON CONFLICT (process, writer) DO UPDATE SET mark = excluded.mark))"} +
                                      fence_sql;

// Waits until the transaction that holds these rows has ended.
const char* const wait_out_sql = R"(
SELECT shard FROM shards WHERE shard = ANY ($1::integer[]) ORDER BY shard FOR UPDATE)";

const char* const fate_sql = "SELECT pg_xact_status($1::text::xid8)";

// Which of these attempts left no trace although their transaction is said to be committed.
const char* const traces_sql = R"(
SELECT count(*)
FROM unnest($1::bigint[], $2::bigint[], $3::uuid[], $4::boolean[])
     AS w (business_id, job_id, token, ended)
WHERE NOT EXISTS (SELECT FROM call_attempts a
                  WHERE a.business_id = w.business_id AND a.job_id = w.job_id
                    AND a.dial_lock_token = w.token)
  AND (w.ended OR NOT EXISTS (SELECT FROM outbound_call_jobs j
                              WHERE j.business_id = w.business_id AND j.id = w.job_id
                                AND j.dial_lock_token = w.token)))";

using shard_set = std::bitset<shard_count>;

shard_set shards_of(store_batch& batch) {
  shard_set shards;
  batch.each_list([&](const auto& list) {
    for (const auto& each : list)
      if (const auto business = business_of(each.request); business.value > 0)
        shards.set(static_cast<std::size_t>(shard_of(business)));
  });
  return shards;
}

std::string array_of(const shard_set& shards) {
  sql_array text;
  for (std::size_t i = 0; i < shards.size(); ++i)
    if (shards[i]) text.add(static_cast<std::int64_t>(i));
  return text.str();
}

bool writes_anything(const store_batch& batch) {
  return !batch.controls.empty() || !batch.closed_slots.empty() || !batch.doubts.empty() ||
         !batch.callings.empty() || !batch.finishes.empty() || !batch.requeues.empty() ||
         !batch.failures.empty() || !batch.claims.empty() || !batch.directs.empty() ||
         !batch.strays.empty();
}

// What the fence said.
struct passage {
  bool known = false;
  shard_set ours;
  std::string transaction_id;
};

void ask_fence(statement_pipeline& out, connection& to, const shard_epochs& epochs,
               const store_batch& batch, const shard_set& shards, passage& found) {
  if (shards.none()) return;
  const auto take = [&epochs, &found](const answer_rows& rows) {
    found.known = true;
    for (const auto row : rows) {
      const auto shard = static_cast<std::size_t>(small_number_of(row[0]));
      const auto epoch = epochs.epoch[shard].load();
      if (epoch != 0 && epoch == number_of(row[1])) found.ours.set(shard);
      found.transaction_id = text_of(row[2]);
    }
  };
  if (to.server() != nullptr && writes_anything(batch))
    out.ask("marking_fence",
            {array_of(shards), to.server()->marks.process(), std::to_string(to.writer()),
             std::to_string(to.next_mark())},
            take);
  else
    out.ask("fence", {array_of(shards)}, take);
}

// Settles the requests of shards that aren't ours (any more).
void refuse_strangers(store_batch& batch, const shard_set& ours) {
  batch.each_list([&](auto& list) {
    for (auto& each : list) {
      using request_type = typename std::decay_t<decltype(each)>::request_type;
      if (std::is_same_v<request_type, find_work>) continue; // about no business
      const auto business = business_of(each.request);
      if (business.value <= 0 || !ours[static_cast<std::size_t>(shard_of(business))]) {
        set_result(each.answer, write_result::fenced);
        each.settled = true;
      }
    }
  });
}

// Only what calls in full swing need, and all of it about businesses that are ours for all we know.
bool is_plain(store_batch& batch, const shard_epochs& epochs) {
  const auto plain = batch.doubts.size() + batch.callings.size() + batch.finishes.size() +
                     batch.requeues.size() + batch.claims.size() + batch.pages.size();
  if (plain != batch.size()) return false;
  bool sound = true;
  batch.each_list([&](const auto& list) {
    for (const auto& each : list)
      sound = sound && business_of(each.request).value > 0 &&
              epochs.epoch[static_cast<std::size_t>(shard_of(business_of(each.request)))] != 0;
  });
  return sound;
}

void unsettle(store_batch& batch) {
  batch.each_list([](auto& list) {
    for (auto& each : list) {
      each.answer = {};
      each.settled = false;
    }
  });
}

// Without waiting for the fence's answer before the rest is sent: the fence holds all the same, and
// what went on without leave is rolled back. False: a shard isn't ours, and nothing of this must
// stay.
bool run_plain(late_transaction& in, connection& to, const shard_epochs& epochs, store_batch& batch,
               std::string& transaction_id) {
  statement_pipeline out{in};
  taken_numbers taken;
  passage found;
  const auto shards = shards_of(batch);
  ask_fence(out, to, epochs, batch, shards, found);
  ask_doubts(out, batch.doubts);
  ask_callings(out, batch.callings);
  ask_finishes(out, batch.finishes);
  ask_requeues(out, batch.requeues);
  ask_claims(out, batch.claims, taken, batch.slots_unsure);
  try {
    out.flush();
  } catch (const std::exception&) {
    // What fails among another owner's rows is no failure of the request's.
    if (!found.known || found.ours == shards || !in.with().is_open()) throw;
  }
  if (found.ours != shards) return false;
  ask_pages(out, batch.pages);
  out.flush_all();
  run_audits(in, batch);
  transaction_id = found.transaction_id;
  return true;
}

void run_all(late_transaction& in, connection& to, const shard_epochs& epochs, store_batch& batch,
             std::string& transaction_id) {
  statement_pipeline out{in};
  taken_numbers taken;
  passage found;
  in.begin_now(); // most of these statements go by themselves
  ask_fence(out, to, epochs, batch, shards_of(batch), found);
  out.flush();
  refuse_strangers(batch, found.ours);
  run_controls(in, batch.controls);
  run_close_slots(in, batch.closed_slots);
  ask_doubts(out, batch.doubts);
  ask_callings(out, batch.callings);
  ask_finishes(out, batch.finishes);
  ask_requeues(out, batch.requeues);
  out.flush_all();
  run_job_failures(in, batch.failures);
  run_strays(in, batch.strays);
  ask_claims(out, batch.claims, taken, batch.slots_unsure);
  out.flush_all();
  run_directs(in, batch.directs, taken);
  run_loads(in, batch.businesses);
  run_run_loads(in, batch.runs);
  ask_pages(out, batch.pages);
  out.flush_all();
  run_find_work(in, batch.work);
  run_recalls(in, batch.recalls);
  run_audits(in, batch);
  transaction_id = found.transaction_id;
}

// Attempts that must have left a trace if the batch was committed.
class expected_traces {
public:
  void add(business_id business, job_id job, const dial_token& token, bool ended) {
    businesses_.add(business.value);
    jobs_.add(job.value);
    tokens_.add(token);
    ended_.add(ended);
  }
  bool all_found(pqxx::transaction_base& in) const {
    return number_of(in.exec_prepared("fate_traces", businesses_.str(), jobs_.str(), tokens_.str(),
                                      ended_.str())[0][0]) == 0;
  }

private:
  sql_array businesses_, jobs_, tokens_, ended_;
};

expected_traces traces_of(const store_batch& batch) {
  expected_traces traces;
  for (const auto& each : batch.finishes)
    if (each.answer.result == write_result::applied)
      traces.add(each.request.attempt.business, each.request.attempt.job,
                 each.request.attempt.token, true);
  for (const auto& each : batch.claims)
    if (each.answer.result == claim_result::claimed)
      traces.add(each.request.business, each.request.job, each.request.token, false);
  for (const auto& each : batch.directs)
    for (std::size_t i = 0; i < each.answer.calls.size(); ++i)
      traces.add(each.request.business, each.answer.calls[i].job, each.request.orders[i].token,
                 false);
  return traces;
}

} // namespace

std::vector<statement> store_statements() {
  std::vector<statement> all = {{"fence", fence_sql},
                                {"marking_fence", marking_fence_sql},
                                {"fate_wait_out", wait_out_sql},
                                {"fate", fate_sql},
                                {"fate_traces", traces_sql}};
  for (const auto* more :
       {&pipeline_statements(), &claim_statements(), &call_statements(), &direct_statements(),
        &run_statements(), &truth_statements(), &stray_statements(), &audit_statements()})
    all.insert(all.end(), more->begin(), more->end());
  return all;
}

batch_outcome run_batch(connection& to, const shard_epochs& epochs, store_batch& batch) {
  batch_outcome outcome;
  bool fits = is_plain(batch, epochs);
  if (fits) {
    unsettle(batch);
    outcome.failed = in_transaction<late_transaction>(to, [&](late_transaction& in) {
      return fits = run_plain(in, to, epochs, batch, outcome.transaction_id);
    });
  }
  if (!fits && !outcome.failed) {
    unsettle(batch);
    outcome.failed = in_transaction<late_transaction>(
        to, [&](late_transaction& in) { run_all(in, to, epochs, batch, outcome.transaction_id); });
  }
  if (!writes_anything(batch)) outcome.transaction_id.clear();
  return outcome;
}

std::optional<sql_failure> find_fate(connection& to, store_batch& batch,
                                     const std::string& transaction_id, fate& found) {
  return in_transaction(to, [&](pqxx::work& in) {
    in.exec_prepared("fate_wait_out", array_of(shards_of(batch)));
    const auto status = text_of(in.exec_prepared("fate", transaction_id)[0][0]);
    if (status == "aborted") found = fate::rolled_back;
    // A server that crashed may have lost that transaction and given its id to another one.
    else if (status == "committed" && traces_of(batch).all_found(in))
      found = fate::committed;
    else
      found = fate::unknown;
  });
}

} // namespace ringmaster::db
