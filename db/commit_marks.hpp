// What this process has seen committed: each connection that writes numbers its transactions in a
// row of its own, in the transaction itself. A server that has the last of each has all of them.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace ringmaster::db {

/// Thread-safe.
class commit_marks {
public:
  commit_marks();

  const std::string& process() const { return process_; } ///< a UUID
  std::int32_t new_writer() { return ++writers_; }
  std::int64_t next() { return ++last_; }

  /// The transaction with that mark is committed, for all that PostgreSQL says.
  void seen(std::int32_t writer, std::int64_t mark);
  /// A commit that began after these were seen stands for them.
  void forget(const std::map<std::int32_t, std::int64_t>& seen);
  /// The last mark of each writer.
  std::map<std::int32_t, std::int64_t> all() const;

private:
  const std::string process_;
  std::atomic<std::int32_t> writers_{0};
  std::atomic<std::int64_t> last_{0};
  mutable std::mutex guard_;
  std::map<std::int32_t, std::int64_t> seen_;
};

} // namespace ringmaster::db
