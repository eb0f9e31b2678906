// Runs: their orders (start, pause, …) with the counters, and the pages of their queues.
#pragma once

#include "db/statement_pipeline.hpp"
#include "db/store_batch.hpp"

namespace ringmaster::db {

const std::vector<statement>& run_statements();

/// Runs are ordered about seldom: one after the other, not set-based.
void run_controls(pqxx::transaction_base& in, entries<control_run, control_answer>& controls);
/// They are answered when `out` is flushed.
void ask_pages(statement_pipeline& out, entries<next_jobs, job_page>& pages);

} // namespace ringmaster::db
