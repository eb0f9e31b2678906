// Where tokens and random numbers come from in production.
#pragma once

#include "actors/ids.hpp"

#include <cstdint>

namespace ringmaster::config {

/// A version 4 UUID from the operating system's secure generator.
dial_token random_token();
/// 64 bits for jitter and tickets; fast, not for secrets.
std::uint64_t random_bits();

} // namespace ringmaster::config
