// What a server knows of where it runs.
#pragma once

#include "actors/clock.hpp"

#include <string>

namespace ringmaster::config {

/// The wall clock without its jumps: one for the whole process.
time_point wall_clock();
/// "host:process id", for people.
std::string process_name();
/// Whether the URL leads to this machine.
bool on_loopback(const std::string& url);

} // namespace ringmaster::config
