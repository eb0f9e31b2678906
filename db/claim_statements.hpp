// Claims: queued -> dialing, a slot taken, in one set of statements for the whole batch.
#pragma once

#include "db/connection.hpp"
#include "db/store_batch.hpp"

#include <set>
#include <utility>

namespace ringmaster::db {

const std::vector<statement>& claim_statements();

/// The numbers that this transaction has made live, by business: a second call to one of them is
/// refused before the database has to.
using taken_numbers = std::set<std::pair<std::int64_t, std::string>>;

/// How many calls of a business are among them.
std::int64_t calls_of(const taken_numbers& taken, business_id business);

/// Business and slot.
using slot_key = std::pair<std::int64_t, std::int64_t>;

/// Which of these slots there are. They can't be removed before the transaction ends.
std::set<slot_key> lock_slots(pqxx::transaction_base& in, const std::set<slot_key>& wanted);

/// Settles every claim that isn't settled yet. A job whose lead can't be called any more becomes
/// `cancelled` and is counted in its run.
void run_claims(pqxx::transaction_base& in, entries<claim_job, claim_answer>& claims,
                taken_numbers& taken);

} // namespace ringmaster::db
