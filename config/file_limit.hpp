// How many files and sockets the process may have open.
#pragma once

#include <cstddef>

namespace ringmaster::config {

/// Raises the soft limit to the hard one, as far as that goes; the limit as it is then.
std::size_t raise_file_limit();

/// How many of them the HTTP server may fill with connections: enough is left for the database, the
/// carrier and the log, so that a flood of clients can't stop calls that are under way.
std::size_t connections_within(std::size_t files);

} // namespace ringmaster::config
