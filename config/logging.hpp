// The server's log: standard output and a rotating file, written by a thread of its own.
#pragma once

#include "config/settings.hpp"

#include <spdlog/logger.h>

#include <memory>

namespace ringmaster::config {

/// Opens the log. A record is always one line: control characters are written as escapes, so that
/// no text from outside can forge a line. A failure says why the file can't be written.
result<std::shared_ptr<spdlog::logger>> open_log(const log_settings& settings);

/// Writes what is waiting and ends the log's thread.
void close_log();

} // namespace ringmaster::config
