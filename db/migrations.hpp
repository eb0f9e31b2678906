// The database's schema, as numbered steps that travel inside the program. Forward only.
#pragma once

#include "actors/failure.hpp"

#include <string>
#include <vector>

namespace ringmaster::db {

struct migration {
  std::string name; ///< "001_core"; the order is the names' order
  std::string sql;
};

/// The steps of this program (made from db/migrations/*.sql at build time).
const std::vector<migration>& migrations();

struct migrate_options {
  /// Tests only: a server that doesn't fsync loses commits when the machine fails.
  bool allow_fsync_off = false;
};

/// Applies what is missing, each step in a transaction of its own; answers how many. Several
/// programs may do it at once: one does the work, the others wait. Refuses a database that a newer
/// program has migrated, or whose applied steps differ from ours.
result<int> migrate(const std::string& url, const migrate_options& options = {});

/// Whether the database has exactly our steps (a failure tells what is wrong and what to do).
result<done> schema_is_current(const std::string& url, const migrate_options& options = {});

} // namespace ringmaster::db
