#include "net/api/lane.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

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

/// With the lock held, as all of these.
bool lane::has_room_for(const lane_job& job) const {
  const auto& most = settings_;
  // A single job may be as large as the lane allows for all.
  if (waiting_ == 0) return most.most_waiting > 0;
  const auto bytes = queued_bytes_ + job.bytes;
  if (waiting_ >= most.most_waiting || bytes > most.most_bytes) return false;
  const auto own = queues_.find(job.whose);
  if (own == queues_.end()) return true;
  return own->second.size() < most.most_waiting - most.most_waiting / 4 &&
         bytes <= most.most_bytes - most.most_bytes / 4;
}

void lane::put(lane_job job) {
  ++waiting_;
  queued_bytes_ += job.bytes;
  auto& own = queues_[job.whose];
  if (own.empty()) turns_.push_back(job.whose);
  own.push_back(std::move(job));
}

/// One thread is left to the others. The server's own work, and that of keys not yet known, is
/// nobody's alone.
int lane::most_running(business_id whose) const {
  return whose == business_id{} ? settings_.threads : std::max(1, settings_.threads - 1);
}

bool lane::may_run(business_id whose) const {
  const auto own = running_.find(whose);
  return own == running_.end() || own->second < most_running(whose);
}

std::deque<business_id>::iterator lane::next() {
  return std::find_if(turns_.begin(), turns_.end(), [this](auto whose) { return may_run(whose); });
}

lane_job lane::take(std::deque<business_id>::iterator turn) {
  const auto whose = *turn;
  turns_.erase(turn);
  const auto own = queues_.find(whose);
  auto job = std::move(own->second.front());
  own->second.pop_front();
  if (own->second.empty())
    queues_.erase(own);
  else
    turns_.push_back(whose);
  --waiting_;
  queued_bytes_ -= job.bytes;
  return job;
}

bool lane::submit(lane_job job) {
  {
    const std::lock_guard lock(guard_);
    if (stopping_ || !has_room_for(job)) return false;
    put(std::move(job));
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
    put(std::move(job));
  }
  changed_.notify_one();
}

void lane::stop() {
  std::vector<lane_job> refused;
  std::vector<std::thread> ending;
  {
    const std::lock_guard lock(guard_);
    stopping_ = true;
    while (waiting_ > 0)
      refused.push_back(take(turns_.begin()));
    ending.swap(threads_);
  }
  changed_.notify_all();
  for (auto& job : refused)
    job.refuse(stopping());
  for (auto& thread : ending)
    thread.join();
}

std::size_t lane::waiting() const {
  const std::lock_guard lock(guard_);
  return waiting_;
}

void lane::serve() {
  std::unique_ptr<records> db;
  std::unique_lock lock(guard_);
  while (true) {
    auto turn = turns_.end();
    changed_.wait(lock, [&] { return stopping_ || (turn = next()) != turns_.end(); });
    if (stopping_) return; // what waits is refused by stop()
    auto job = take(turn);
    const auto whose = job.whose;
    ++running_[whose];
    // Another thread may have slept over a business that held its part until now.
    if (next() != turns_.end()) changed_.notify_one();
    lock.unlock();
    run_one(job, db);
    job = {};
    lock.lock();
    if (--running_[whose] == 0) running_.erase(whose);
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
