// Whether a database is the one that the program has worked on, or a copy of it: a copy doesn't
// know the calls that were made after it was taken.
#pragma once

#include "db/connection.hpp"
#include "db/migrations.hpp"

namespace ringmaster::db {

/// A failure (conflict, "database_copied") tells what to do. For a schema that is current.
result<done> is_at_home(const std::string& url);

bool stands_at_home(pqxx::transaction_base& in);
failure database_copied();

/// Whether a server may start on it: the schema is current, and it is at home. Answers the
/// PostgreSQL server that it was last worked on with (empty: none yet), as server_identity has it.
result<std::string> may_start_on(const std::string& url, const migrate_options& options);

/// From now on, and until arrive_home(), nobody starts on this database.
void leave_home(pqxx::transaction_base& in);
/// It stands where it is found now.
void arrive_home(pqxx::transaction_base& in);

} // namespace ringmaster::db
