#include "net/api/lane.hpp"

#include <spdlog/spdlog.h>

namespace ringmaster::net::api {
namespace {

failure stopping() {
  return {failure_kind::unavailable, "stopping", "the server is stopping; ask again in a moment",
          ""};
}

} // namespace

lane::lane(lane_settings settings, records_factory make_records,
           std::shared_ptr<spdlog::logger> log)
    : settings_(std::move(settings)), make_records_(std::move(make_records)), log_(std::move(log)) {
  for (int i = 0; i < settings_.threads; ++i)
    threads_.emplace_back([this] { serve(); });
}

lane::~lane() {
  stop();
}

bool lane::submit(lane_job job) {
  {
    const std::lock_guard lock(guard_);
    if (stopping_ || queue_.size() >= settings_.most_waiting) return false;
    // A single job may be as large as the lane allows for all.
    if (!queue_.empty() && queued_bytes_ + job.bytes > settings_.most_bytes) return false;
    queued_bytes_ += job.bytes;
    queue_.push_back(std::move(job));
  }
  changed_.notify_one();
  return true;
}

void lane::go_on(lane_job job) {
  {
    std::unique_lock lock(guard_);
    if (stopping_) {
      lock.unlock();
      return job.refuse(stopping());
    }
    queued_bytes_ += job.bytes;
    queue_.push_back(std::move(job));
  }
  changed_.notify_one();
}

void lane::stop() {
  std::deque<lane_job> refused;
  std::vector<std::thread> ending;
  {
    const std::lock_guard lock(guard_);
    stopping_ = true;
    refused.swap(queue_);
    ending.swap(threads_);
    queued_bytes_ = 0;
  }
  changed_.notify_all();
  for (auto& job : refused)
    job.refuse(stopping());
  for (auto& thread : ending)
    thread.join();
}

std::size_t lane::waiting() const {
  const std::lock_guard lock(guard_);
  return queue_.size();
}

void lane::serve() {
  std::unique_ptr<records> db;
  std::unique_lock lock(guard_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    auto job = std::move(queue_.front());
    queue_.pop_front();
    queued_bytes_ -= job.bytes;
    lock.unlock();
    run_one(job, db);
    job = {};
    lock.lock();
  }
}

void lane::run_one(lane_job& job, std::unique_ptr<records>& db) {
  try {
    if (!db) db = make_records_();
  } catch (const std::exception& problem) {
    log_->error("[Api] no database connection for the {} lane: {}", settings_.name, problem.what());
    return job.refuse({failure_kind::unavailable, "database_unavailable",
                       "the database can't be reached; nothing was done, ask again in a moment",
                       ""});
  }
  worker mine{*db};
  try {
    job.run(mine);
  } catch (const std::exception& problem) {
    // Jobs answer their own failures; this is a defect, and must not end the thread.
    log_->critical("[Api] a job of the {} lane broke: {}", settings_.name, problem.what());
  }
}

} // namespace ringmaster::net::api
