#include "tests/support/database_store.hpp"

namespace ringmaster::test {

namespace {

db::session_settings store_like(std::chrono::milliseconds plan_life) {
  db::session_settings settings;
  settings.application_name = "test batch store";
  settings.plans_by_key = true;
  settings.plan_life = plan_life;
  return settings;
}

} // namespace

batch_store::batch_store(database& in, std::chrono::milliseconds plan_life)
    : link(in.url(), store_like(plan_life), db::store_statements()) {
  in.sql("UPDATE shards SET epoch = greatest(epoch, 1)");
  for (const auto& row : in.sql("SELECT shard, epoch FROM shards"))
    epochs.epoch[row[0].as<std::size_t>()] = row[1].as<std::int64_t>();
}

void batch_store::commit(db::store_batch& batch) {
  const auto outcome = run(batch);
  if (outcome.failed) throw std::runtime_error("the batch failed: " + outcome.failed->message);
}

claim_job claim(business_id business, run_id run, job_id job, int slot, std::uint64_t token_number,
                std::int64_t seconds) {
  return {business, run, job, slot_number{slot}, token(token_number), at(seconds)};
}

finish_call finish(const attempt_ref& attempt, job_status status,
                   caf::optional<call_outcome> outcome, std::int64_t seconds) {
  finish_call x;
  x.attempt = attempt;
  x.status = status;
  x.outcome = outcome;
  x.ended_at = at(seconds);
  return x;
}

} // namespace ringmaster::test
