// Long writes in pages, on a connection of their own: making a large run's jobs, cancelling an
// ended run's queue. A page is one transaction that holds the run's row only at its very end.
#pragma once

#include "actors/interfaces.hpp"
#include "db/store_actor.hpp"

namespace ringmaster::db {

struct bulk_store_options {
  std::string url;
  std::shared_ptr<const shard_epochs> epochs; ///< shared with ownership
  std::shared_ptr<spdlog::logger> log;
  std::shared_ptr<server_identity> server = std::make_shared<server_identity>(); ///< so is that
  std::shared_ptr<actor_roster> roster{};                                        ///< or none
  std::string key{};                                                             ///< its name there
};

/// `detached` as with spawn_store. When the database can't be reached it says so and tries again
/// with the next request.
bulk_store_actor spawn_bulk_store(caf::actor_system& system, bulk_store_options options,
                                  bool detached);

} // namespace ringmaster::db
