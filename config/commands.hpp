// The program's commands. Each returns the process's exit code: 0 done, 1 failed, 2 wrong usage.
#pragma once

#include "config/server.hpp"

#include <string>

namespace ringmaster::config {

struct serve_command {
  std::string file;    ///< settings; empty: the defaults
  std::string carrier; ///< "simulated", or empty for the account's
  net::carrier_options simulated;
  std::uint16_t carrier_port = 0;
};
/// Serves until SIGTERM or SIGINT, then drains; a second signal ends at once.
int serve(const serve_command& command);

struct carrier_command {
  net::carrier_options options;
  std::uint16_t port = 4010;
};
/// The simulated carrier as a process of its own, until SIGTERM or SIGINT.
int run_carrier(const carrier_command& command);

/// The console to a running server.
struct shell_command {
  std::string file;   ///< settings, for the socket's path; empty: the default
  std::string socket; ///< wins over the settings
  std::string command;
  bool has_command = false;
  bool as_json = false, yes = false;
};
int shell(const shell_command& command);

/// Says why on the standard error stream; 1.
int failed(const std::string& sentence);

/// Settings with a database in them.
result<settings> settings_for_database(const std::string& file);

/// Brings the database of the settings to the current schema.
int migrate(const std::string& settings_file);

} // namespace ringmaster::config
