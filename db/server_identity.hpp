// Which PostgreSQL server this process works with: one value, shared by all connections that write.
#pragma once

#include <atomic>
#include <mutex>
#include <string>

namespace ringmaster::db {

/// After a failover the new server may lack commits that were acted on, so it must not be believed.
/// Thread-safe.
class server_identity {
public:
  /// Whether this is the server that was seen first. Once another one was seen the answer is no,
  /// whoever asks, until the process ends: a person has to look.
  bool accept(const std::string& found);

  bool closed() const { return closed_; }
  /// Empty, or the sentence that says why nothing is written any more.
  std::string problem() const;

private:
  mutable std::mutex guard_;
  std::string first_, other_;
  std::atomic<bool> closed_{false};
};

/// One text of one field: the system's identifier and its timeline, which a promotion raises at
/// once (the control file tells of it only after the next checkpoint). Fails on a standby.
extern const char* const server_identity_sql;

} // namespace ringmaster::db
