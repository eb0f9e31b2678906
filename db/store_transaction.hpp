// One batch as one transaction: the fence first, then every kind of request in its order.
#pragma once

#include "db/connection.hpp"
#include "db/store_batch.hpp"

namespace ringmaster::db {

/// All that a store's connection prepares.
std::vector<statement> store_statements();

/// How a batch went. Its answers count only when nothing failed.
struct batch_outcome {
  std::optional<sql_failure> failed;
  std::string transaction_id; ///< empty: the batch wrote nothing
};

batch_outcome run_batch(connection& to, const shard_epochs& epochs, store_batch& batch);

/// What became of a transaction whose COMMIT was never answered.
enum class fate { committed, rolled_back, unknown };

/// Finds out, on a new connection, after the old transaction has ended for certain. Fails when the
/// database can't tell yet.
std::optional<sql_failure> find_fate(connection& to, store_batch& batch,
                                     const std::string& transaction_id, fate& found);

} // namespace ringmaster::db
