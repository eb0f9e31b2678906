// The pages of large runs: making their jobs, cancelling their queues.
#pragma once

#include "actors/store_messages.hpp"
#include "db/connection.hpp"

namespace ringmaster::db {

std::vector<statement> bulk_statements();

/// Both take the run's row, which claims and finishes need, only as their last step. An answer that
/// isn't `applied` means: roll back. `stale`: the run has ended (materialise) or has not (cancel),
/// has no open selection, or was changed by another meanwhile.
page_answer run_materialise_page(pqxx::transaction_base& in, const materialise_page& wanted);
page_answer run_cancel_page(pqxx::transaction_base& in, const cancel_page& wanted);

} // namespace ringmaster::db
