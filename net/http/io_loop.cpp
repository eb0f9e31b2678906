#include "net/http/io_loop.hpp"

#include <boost/asio/post.hpp>

#include <pthread.h>

namespace ringmaster::net {

io_loop::io_loop() : context_(1), work_(boost::asio::make_work_guard(context_)), timer_(context_) {}

io_loop::~io_loop() = default;

void io_loop::start(const std::string& thread_name, std::function<void(steady_time)> tick) {
  tick_ = std::move(tick);
  thread_ = std::thread([this] { run(); });
  constexpr std::size_t longest_name = 15;
  pthread_setname_np(thread_.native_handle(), thread_name.substr(0, longest_name).c_str());
}

bool io_loop::on_own_thread() {
  return context_.get_executor().running_in_this_thread();
}

bool io_loop::post(std::function<void()> job) {
  std::lock_guard guard(lock_);
  if (ended_) return false;
  inbox_.push_back(std::move(job));
  if (!drain_posted_) {
    drain_posted_ = true;
    boost::asio::post(context_, [this] { drain(); });
  }
  return true;
}

void io_loop::finish() {
  finishing_ = true;
  work_.reset();
  timer_.cancel();
}

void io_loop::join() {
  if (on_own_thread()) return;
  std::lock_guard guard(join_lock_);
  if (thread_.joinable()) thread_.join();
}

void io_loop::run() {
  boost::asio::post(context_, [this] { wait_for_tick(); });
  for (;;) {
    context_.run();
    std::lock_guard guard(lock_);
    if (inbox_.empty()) {
      ended_ = true;
      return;
    }
    context_.restart();
  }
}

void io_loop::drain() {
  std::vector<std::function<void()>> jobs;
  {
    std::lock_guard guard(lock_);
    jobs.swap(inbox_);
    drain_posted_ = false;
  }
  for (auto& job : jobs) {
    job();
    job = nullptr;
  }
}

void io_loop::wait_for_tick() {
  if (finishing_) return;
  timer_.expires_after(tick_time);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error || finishing_) return;
    tick_(std::chrono::steady_clock::now());
    wait_for_tick();
  });
}

} // namespace ringmaster::net
