#include "net/api/leads_ahead.hpp"

#include <utility>

namespace ringmaster::net::api {

namespace {

constexpr std::size_t most_ready = 3; ///< batches

} // namespace

result<std::vector<lead_row>> leads_ahead::next() {
  return std::exchange(begun_, true) ? wait() : first();
}

leads_ahead::batch leads_ahead::first() {
  auto rows = from_.next();
  auto second = rows && !rows->empty() ? from_.next() : batch(std::vector<lead_row>());
  const bool more = second && !second->empty();
  ready_.push_back(std::move(second));
  ended_ = !more;
  if (more) thread_ = std::thread([this] { read(); });
  return rows;
}

leads_ahead::batch leads_ahead::wait() {
  std::unique_lock lock(guard_);
  changed_.wait(lock, [this] { return !ready_.empty() || ended_; });
  if (broken_) std::rethrow_exception(broken_);
  if (ready_.empty()) return std::vector<lead_row>();
  auto rows = std::move(ready_.front());
  ready_.pop_front();
  changed_.notify_all();
  return rows;
}

bool leads_ahead::give(batch rows) {
  const bool more = rows && !rows->empty();
  std::unique_lock lock(guard_);
  changed_.wait(lock, [this] { return ready_.size() < most_ready || unwanted_; });
  if (unwanted_) return false;
  ready_.push_back(std::move(rows));
  ended_ = !more;
  changed_.notify_all();
  return more;
}

void leads_ahead::read() {
  try {
    while (give(from_.next())) {
    }
  } catch (const std::exception&) {
    const std::lock_guard lock(guard_);
    broken_ = std::current_exception();
    ended_ = true;
    changed_.notify_all();
  }
}

void leads_ahead::stop() {
  {
    const std::lock_guard lock(guard_);
    unwanted_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void leads_ahead::rewind() {
  stop();
  ready_.clear();
  broken_ = nullptr;
  begun_ = ended_ = unwanted_ = false;
  from_.rewind();
}

} // namespace ringmaster::net::api
