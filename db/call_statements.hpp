// The way of a live call: in doubt, calling, finished, queued again. Each for the whole batch.
#pragma once

#include "db/statement_pipeline.hpp"
#include "db/store_batch.hpp"

namespace ringmaster::db {

const std::vector<statement>& call_statements();

// The entries are answered when `out` is flushed; `ask_callings` may ask on then.
void ask_doubts(statement_pipeline& out, entries<mark_in_doubt, write_answer>& doubts);
void ask_callings(statement_pipeline& out, entries<mark_calling, write_answer>& callings);
/// Writes the attempt's history and the run's counters too, as does ask_requeues.
void ask_finishes(statement_pipeline& out, entries<finish_call, write_answer>& finishes);
/// A job of a run that has ended is cancelled instead.
void ask_requeues(statement_pipeline& out, entries<requeue_call, write_answer>& requeues);

/// queued -> failed, counted in the run.
void run_job_failures(pqxx::transaction_base& in, entries<fail_job, write_answer>& failures);

} // namespace ringmaster::db
