// Time and chance, handed in from outside: nothing in the rules or the actors reads a clock or a
// random source by itself, so that a simulation owns both.
#pragma once

#include "actors/ids.hpp"

#include <chrono>
#include <cstdint>
#include <functional>

namespace ringmaster {

/// Wall-clock time in UTC with PostgreSQL's resolution.
using time_point = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Answers "what time is it?".
using time_source = std::function<time_point()>;
/// Draws a fresh, unguessable token for an attempt.
using token_source = std::function<dial_token()>;
/// Draws 64 random bits (jitter and the like; not for secrets).
using random_source = std::function<std::uint64_t()>;

} // namespace ringmaster
