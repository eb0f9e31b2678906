// Reading the truth: what a supervisor must know when it starts, and who has work at all.
#pragma once

#include "db/connection.hpp"
#include "db/store_batch.hpp"

namespace ringmaster::db {

const std::vector<statement>& truth_statements();

/// Removes slots above the limit that hold no call.
void run_close_slots(pqxx::transaction_base& in, entries<close_slots, write_answer>& requests);
void run_loads(pqxx::transaction_base& in, entries<load_business, business_truth>& businesses);
void run_run_loads(pqxx::transaction_base& in, entries<load_run, run_truth>& runs);
/// Sees the work of all shards.
void run_find_work(pqxx::transaction_base& in, entries<find_work, work_answer>& requests);

} // namespace ringmaster::db
