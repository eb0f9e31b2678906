#include "tests/benchmark/instant_line.hpp"

#include <algorithm>
#include <utility>

namespace ringmaster::bench {

instant_line::instant_line(microseconds call_time, std::int32_t watched_limit, time_source now)
    : call_time_(call_time), limit_(watched_limit), now_(std::move(now)), observer_(watched_limit) {
}

void instant_line::report_to(switchboard_actor board) {
  board_ = std::move(board);
  thread_ = std::thread([this] { run(); });
}

void instant_line::stop() {
  {
    const std::lock_guard lock(guard_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  board_ = nullptr;
}

void instant_line::create(const place_call& request, std::function<void(create_reply)> reply) {
  create_reply placed;
  placed.result = line_result::answered;
  placed.http_status = 201;
  placed.sid = call_sid{"CA" + request.attempt.token.text()};
  const auto at = now_();
  {
    const std::lock_guard lock(guard_);
    observer_.created(request.from.value, request.to.value, placed.sid.value, at);
  }
  reply(placed);
  {
    const std::lock_guard lock(guard_);
    live_.push_back({request, placed.sid, at + call_time_});
  }
  changed_.notify_one();
}

void instant_line::run() {
  std::unique_lock lock(guard_);
  while (!stopping_) {
    const auto now = now_();
    if (live_.empty() || live_.front().ends_at > now) {
      if (live_.empty())
        changed_.wait(lock);
      else
        changed_.wait_for(lock, live_.front().ends_at - now);
      continue;
    }
    auto over = std::move(live_.front());
    live_.pop_front();
    observer_.ended(over.request.from.value, over.request.to.value, now);
    ++ended_count_;
    last_end_ = now;
    lock.unlock();
    call_event event;
    event.attempt = over.request.attempt;
    event.sid = over.sid;
    event.status = carrier_status::completed;
    event.sequence = 3;
    event.duration_s = static_cast<std::int32_t>(call_time_ / seconds{1});
    event.received_at = now;
    caf::anon_send(board_, event);
    ended_.notify_all();
    lock.lock();
  }
}

bool instant_line::wait_for_ended(std::int64_t calls, microseconds patience) {
  std::unique_lock lock(guard_);
  return ended_.wait_for(lock, patience, [&] { return ended_count_ >= calls; });
}

time_point instant_line::last_end() const {
  const std::lock_guard lock(guard_);
  return last_end_;
}

instant_line::figures instant_line::seen() const {
  const std::lock_guard lock(guard_);
  figures f;
  f.calls = static_cast<std::int64_t>(observer_.created_total());
  f.live = observer_.live_total();
  f.highest_live = observer_.highest_total();
  f.repeated = static_cast<std::int64_t>(observer_.repeated().size());
  f.overlaps = static_cast<std::int64_t>(observer_.overlaps());
  f.ended = ended_count_;
  for (const auto& [from, caller] : observer_.callers()) {
    f.violations += static_cast<std::int64_t>(caller.above(limit_));
    f.highest_of_one = std::max(f.highest_of_one, caller.highest);
  }
  const auto ms = [&](double q) {
    return static_cast<double>(observer_.gaps().percentile(q)) / 1000;
  };
  f.gap_p50_ms = ms(0.5);
  f.gap_p99_ms = ms(0.99);
  f.gap_p999_ms = ms(0.999);
  return f;
}

} // namespace ringmaster::bench
