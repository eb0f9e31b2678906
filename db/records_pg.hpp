// The records on PostgreSQL. One object has one connection, opened when first needed.
#pragma once

#include "actors/records.hpp"

#include <string>

namespace ringmaster::db {

/// Each call of the factory makes an object for one thread.
records_factory make_records_factory(std::string url);

} // namespace ringmaster::db
