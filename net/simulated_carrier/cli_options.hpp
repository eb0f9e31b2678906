// The simulated carrier's options on a command line, in one place for all programs that have one.
#pragma once

#include "net/simulated_carrier/options.hpp"

namespace CLI {
class App;
}

namespace ringmaster::net {

/// Adds --account-sid, --seed, --talk-ms, --fault and the like; `options` must outlive the parsing.
void add_carrier_options(CLI::App& app, carrier_options& options);

} // namespace ringmaster::net
