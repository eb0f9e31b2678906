// Direct calls: jobs without a run, dialing from the start, all of an order or none.
#pragma once

#include "db/claim_statements.hpp"

namespace ringmaster::db {

const std::vector<statement>& direct_statements();

void run_directs(pqxx::transaction_base& in, entries<open_direct_calls, open_direct_answer>& orders,
                 taken_numbers& taken);

} // namespace ringmaster::db
