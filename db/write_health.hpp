// Whether a store can write, for /readyz: what the last batches met with.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace ringmaster::db {

/// Thread-safe.
class write_health {
public:
  /// `cause`: why nothing could be written, in words for people.
  void failed(std::string cause) {
    const std::lock_guard lock(guard_);
    cause_ = std::move(cause);
    failed_at_ = std::chrono::steady_clock::now();
  }
  void worked() {
    const std::lock_guard lock(guard_);
    cause_.clear();
  }
  /// Empty when it can, as far as is known: what waits to be written is tried again sooner than a
  /// failure is forgotten.
  std::string problem() const {
    const std::lock_guard lock(guard_);
    if (std::chrono::steady_clock::now() - failed_at_ > remembered_for) return {};
    return cause_;
  }

private:
  static constexpr std::chrono::seconds remembered_for{10};

  mutable std::mutex guard_;
  std::string cause_;
  std::chrono::steady_clock::time_point failed_at_{};
};

/// Of all stores: empty, or the sentence that says what is wrong with the first that can't write.
inline std::string writing_problem(const std::vector<std::shared_ptr<write_health>>& stores) {
  for (const auto& one : stores)
    if (const auto why = one->problem(); !why.empty())
      return "nothing can be written to the database: " + why;
  return {};
}

} // namespace ringmaster::db
