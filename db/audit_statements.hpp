// The audit's rows of the store's transactions: of each request that somebody is named for and that
// was applied. In the same transaction as the change.
#pragma once

#include "db/connection.hpp"
#include "db/store_batch.hpp"

#include <vector>

namespace ringmaster::db {

const std::vector<statement>& audit_statements();
/// Behind all other statements of the batch: their answers say what was done.
void run_audits(pqxx::transaction_base& in, const store_batch& batch);

} // namespace ringmaster::db
