// The writing store: an actor with one connection. What waits in its mailbox shares one
// transaction; every request is answered after the commit.
#pragma once

#include "actors/counters.hpp"
#include "actors/interfaces.hpp"
#include "actors/roster.hpp"
#include "db/server_identity.hpp"
#include "db/store_batch.hpp"
#include "db/write_health.hpp"

#include <spdlog/logger.h>

#include <chrono>
#include <memory>
#include <string>

namespace ringmaster::db {

struct store_options {
  std::string url;
  /// Whose shards are ours; shared with ownership.
  std::shared_ptr<const shard_epochs> epochs;
  std::shared_ptr<spdlog::logger> log;
  std::shared_ptr<counters> count;
  std::shared_ptr<write_health> health = std::make_shared<write_health>(); ///< this store's own
  std::shared_ptr<server_identity> server = std::make_shared<server_identity>(); ///< so is that
  std::shared_ptr<actor_roster> roster;                                          ///< or none
  std::string key;                                                               ///< its name there
  std::size_t largest_batch = 500; ///< requests that share a transaction, at most
  std::chrono::milliseconds first_retry{100}, longest_retry{500}; ///< between reconnects
};

/// Spawns a store. `detached` (a thread of its own) in production, since SQL blocks; false under a
/// deterministic scheduler. It holds no handle of another actor and ends on an exit message, after
/// answering what it has collected.
store_actor spawn_store(caf::actor_system& system, store_options options, bool detached);

} // namespace ringmaster::db
