// The server's log: standard output and a rotating file, written by a thread of its own.
#pragma once

#include "actors/counters.hpp"
#include "config/settings.hpp"

#include <spdlog/logger.h>

#include <cstdint>
#include <memory>

namespace ringmaster::config {

/// Opens the log. Writing to it never blocks: when it can't keep up, the oldest records that wait
/// are dropped. A record is always one line: control characters are written as escapes, so that no
/// text from outside can forge a line. A failure says why the file can't be written.
result<std::shared_ptr<spdlog::logger>> open_log(const log_settings& settings);

/// How many records were dropped, or not taken by the console or the file, since it was opened.
std::uint64_t dropped_records();
/// To be called about once a second: counts them and tells of new ones.
void tell_dropped(spdlog::logger& log, counters& count);

/// Writes what is waiting and ends the log's thread.
void close_log();

} // namespace ringmaster::config
