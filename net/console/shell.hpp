// `ringmaster shell`: the console in a terminal, or one command for a script.
#pragma once

#include <string>

namespace ringmaster::net::console {

struct shell_options {
  std::string socket;
  std::string command; ///< set: only this one
  bool has_command = false;
  bool as_json = false; ///< the server's answers as they are, one line each
  bool yes = false;     ///< confirms beforehand what is asked twice
  std::string version;
};

/// The exit code: 0 done, 1 failed, 2 wrong usage.
int run_shell(const shell_options& options);

} // namespace ringmaster::net::console
