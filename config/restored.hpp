// The command that follows every restore of a backup: `ringmaster restored`.
#pragma once

#include <string>

namespace ringmaster::config {

struct restored_command {
  std::string file;   ///< settings; empty: the defaults
  std::string report; ///< a CSV of the calls that the backup didn't know is written there
  bool without_carrier = false;
};

/// Brings the schema up to date, pauses every run, withdraws direct calls that wait, and writes
/// into the database what the carrier was told after the backup. 0 done, 1 failed: the server still
/// refuses to start on this database.
int restored(const restored_command& command);

} // namespace ringmaster::config
