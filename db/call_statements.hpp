// The way of a live call: in doubt, calling, finished, queued again. Each for the whole batch.
#pragma once

#include "db/connection.hpp"
#include "db/store_batch.hpp"

namespace ringmaster::db {

const std::vector<statement>& call_statements();

void run_doubts(pqxx::transaction_base& in, entries<mark_in_doubt, write_answer>& doubts);
void run_callings(pqxx::transaction_base& in, entries<mark_calling, write_answer>& callings);
/// Writes the attempt's history and the run's counters too, as does run_requeues.
void run_finishes(pqxx::transaction_base& in, entries<finish_call, write_answer>& finishes);
/// A job of a run that has ended is cancelled instead.
void run_requeues(pqxx::transaction_base& in, entries<requeue_call, write_answer>& requeues);
/// queued -> failed, counted in the run.
void run_job_failures(pqxx::transaction_base& in, entries<fail_job, write_answer>& failures);

} // namespace ringmaster::db
