// Takes the ownership of the database's businesses and keeps it, on a thread of its own: a database
// that is away or stands still must not keep the server from hearing that it shall end.
#pragma once

#include "actors/clock.hpp"
#include "actors/failure.hpp"
#include "db/ownership.hpp"

#include <spdlog/logger.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace ringmaster::config {

class ownership_watch {
public:
  ownership_watch(std::unique_ptr<db::ownership> owner, time_source now,
                  std::shared_ptr<spdlog::logger> log);
  ~ownership_watch(); ///< gives back

  /// Tries until it has the ownership, looks about once a second whether it still holds, and takes
  /// it again when it was lost.
  void begin();
  bool owned() const { return owned_; }
  /// Called on the watch's thread each time that the ownership was lost and is ours again, before
  /// owned() says so: whatever is known may be out of date. Empty: nobody is told any more.
  void when_retaken(std::function<void()> tell);
  /// Empty when it is ours and the database said so lately; otherwise the sentence that says why
  /// not.
  std::string problem() const;
  /// Whether the database answered when it was last asked for the ownership.
  result<done> database() const;

  /// Ends the watching; what is held stays held.
  void stop();
  void give_back();

  std::shared_ptr<const db::shard_epochs> epochs() const { return owner_->epochs(); }

private:
  void run();
  void look();
  void take();
  void taken();
  void set_problem(std::string why);

  std::unique_ptr<db::ownership> owner_;
  time_source now_;
  std::shared_ptr<spdlog::logger> log_;
  std::atomic<bool> owned_{false};
  bool ever_owned_ = false;
  std::string server_; ///< that it was last taken on
  std::string words_;  ///< of PostgreSQL, when it could last not be taken

  mutable std::mutex guard_;
  std::condition_variable changed_;
  bool ending_ = false;
  std::string problem_ = "the ownership of the database is not taken yet";
  std::chrono::steady_clock::time_point confirmed_{};
  result<done> database_ = done{};
  std::function<void()> tell_;
  std::thread thread_;
};

} // namespace ringmaster::config
