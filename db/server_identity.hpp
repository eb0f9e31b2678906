// Which PostgreSQL server this process works with, and what it has seen committed there: one value,
// shared by all connections that write.
#pragma once

#include "db/commit_marks.hpp"

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

namespace ringmaster::db {

/// After a failover the new server may lack commits that were acted on, so it must not be believed
/// unseen. Thread-safe.
class server_identity {
public:
  /// `known`: the server that the database was worked on with before; empty: the first that is met.
  explicit server_identity(std::string known = {}) : known_(std::move(known)) {}

  /// Whether this is the known server. Once another one was met the answer is no, whoever asks,
  /// until the process has gone over to it (db/succession.hpp) or has met the known one again.
  bool accept(const std::string& found);

  bool closed() const { return closed_; }
  /// Empty, or the sentence that says why nothing is written.
  std::string problem() const;
  std::string known() const;

  /// Works with that server from now on. Sessions of before are void.
  void go_over(const std::string& found);
  std::uint64_t generation() const { return generation_; }

  /// Somebody has looked: the server that was met may be worked with. Empty, or why there is
  /// nothing to allow.
  std::string allow(const std::string& by);
  bool is_allowed(const std::string& found) const;
  /// On whose word the present server is worked with; empty: on proof.
  std::string word_of() const;
  /// Why the server that was met is not gone over to.
  void refused(const std::string& why);

  /// A transaction that may change something: it is over before another server is gone over to.
  class change {
  public:
    explicit change(server_identity* with);
    ~change();
    change(const change&) = delete;
    change& operator=(const change&) = delete;
    bool refused() const { return refused_; }

  private:
    server_identity* with_;
    bool refused_ = false;
  };
  int changes() const { return changes_; } ///< under way

  commit_marks marks;

private:
  mutable std::mutex guard_;
  std::string known_, other_, allowed_, allowed_by_, word_of_, why_;
  std::atomic<bool> closed_{false};
  std::atomic<int> changes_{0};
  std::atomic<std::uint64_t> generation_{1};
};

/// One text of one field: the system's identifier and its timeline, which a promotion raises at
/// once (the control file tells of it only after the next checkpoint). Fails on a standby.
extern const char* const server_identity_sql;

} // namespace ringmaster::db
