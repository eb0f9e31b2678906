// A lane: a few plain threads that serve one bounded queue, each with its own database connection.
// Whoever waits gets their turn in it, one business after the other, and none has all threads: who
// asks for much waits for themselves.
#pragma once

#include "actors/ids.hpp"
#include "actors/records.hpp"

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace spdlog {
class logger;
}

namespace ringmaster::net::api {

/// What one thread of a lane works with.
struct worker {
  records& db;
};

/// One piece of work. Exactly one of the two is called, once.
struct lane_job {
  std::function<void(worker&)> run;
  std::function<void(const failure&)>
      refuse;            ///< the lane stops, or can't reach the database at all
  std::size_t bytes = 0; ///< that it holds while it waits
  business_id whose{};   ///< none: the server's own
};

struct lane_settings {
  std::string name; ///< for logs and metrics
  int threads = 1;
  std::size_t most_waiting = 64;
  std::size_t most_bytes = 64 * 1024 * 1024;
};

class lane {
public:
  lane(lane_settings settings, records_factory make_records, std::shared_ptr<spdlog::logger> log);
  ~lane(); ///< stops
  lane(const lane&) = delete;
  lane& operator=(const lane&) = delete;

  /// false: the queue is full, or three quarters of it are this business's, or the lane stops;
  /// neither function of the job is called then.
  bool submit(lane_job job);
  /// The next part of work that was accepted before: waits whatever the bound.
  void go_on(lane_job job);
  /// Finishes what runs, refuses what waits, ends the threads. May be called twice.
  void stop();

  std::size_t waiting() const;
  const std::string& name() const { return settings_.name; }

private:
  using queue = std::deque<lane_job>;

  bool has_room_for(const lane_job& job) const;
  void put(lane_job job);
  int most_running(business_id whose) const;
  bool may_run(business_id whose) const;
  /// The next in turn whose business doesn't hold its part of the threads already.
  std::deque<business_id>::iterator next();
  lane_job take(std::deque<business_id>::iterator turn);
  void serve();
  void run_one(lane_job& job, std::unique_ptr<records>& db);

  const lane_settings settings_;
  records_factory make_records_;
  std::shared_ptr<spdlog::logger> log_;

  mutable std::mutex guard_;
  std::condition_variable changed_;
  std::unordered_map<business_id, queue> queues_; ///< of those that wait
  std::deque<business_id> turns_;                 ///< each of them once
  std::size_t waiting_ = 0, queued_bytes_ = 0;    ///< of all
  std::unordered_map<business_id, int> running_;  ///< threads that serve each
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

} // namespace ringmaster::net::api
