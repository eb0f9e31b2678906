// Calls outside the ledger: remembering them, and the attempts of the past to tell them by.
#pragma once

#include "db/connection.hpp"
#include "db/store_batch.hpp"

namespace ringmaster::db {

const std::vector<statement>& stray_statements();

void run_strays(pqxx::transaction_base& in, entries<keep_stray, write_answer>& strays);
void run_recalls(pqxx::transaction_base& in, entries<recall_attempts, recall_answer>& recalls);

} // namespace ringmaster::db
