// Another PostgreSQL server answers than before, such as a standby that was promoted: may it be
// worked with?
#pragma once

#include "db/connection.hpp"

namespace ringmaster::db {

/// Goes over to the server that answers now if it is the known one after all, if all that this
/// process has seen committed is there, if the database says that its owner has gone over, or if a
/// person allowed it. `was_owner`: this process was the last that changed anything. Answers why
/// not; empty: gone over. `to` asks for no certain server.
std::string follow(connection& to, server_identity& server, bool was_owner);

} // namespace ringmaster::db
