// The records on PostgreSQL. One object has one connection, opened when first needed.
#pragma once

#include "actors/records.hpp"

#include <memory>
#include <string>

namespace ringmaster::db {

struct shard_epochs;

/// Each call of the factory makes an object for one thread. With `epochs`, what supervisors must
/// hear of is only changed while this server owns the business: another server's would not hear.
records_factory make_records_factory(std::string url,
                                     std::shared_ptr<const shard_epochs> epochs = nullptr);

} // namespace ringmaster::db
