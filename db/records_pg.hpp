// The records on PostgreSQL. One object has one connection, opened when first needed.
#pragma once

#include "actors/records.hpp"

#include <memory>
#include <string>

namespace ringmaster::db {

struct shard_epochs;
class server_identity;

/// Each call of the factory makes an object for one thread. With `epochs`, what supervisors must
/// hear of is only changed while this server owns the business: another server's would not hear.
/// With `server`, nothing is changed in another PostgreSQL server.
records_factory make_records_factory(std::string url,
                                     std::shared_ptr<const shard_epochs> epochs = nullptr,
                                     std::shared_ptr<server_identity> server = nullptr);

} // namespace ringmaster::db
