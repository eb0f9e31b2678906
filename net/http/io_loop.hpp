// One thread that runs an event loop: sockets, jobs from other threads and a coarse tick.
// Deadlines are looked at on the tick, so that a socket operation arms no timer of its own.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace ringmaster::net {

using io_executor = boost::asio::io_context::executor_type;
using tcp_socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, io_executor>;
using steady_time = std::chrono::steady_clock::time_point;

class io_loop {
public:
  static constexpr std::chrono::milliseconds tick_time{250};

  io_loop();
  /// The thread must have been joined, or never been started.
  ~io_loop();

  io_loop(const io_loop&) = delete;
  io_loop& operator=(const io_loop&) = delete;

  boost::asio::io_context& context() { return context_; }

  /// `tick` is called on the loop's thread every 250 ms.
  void start(const std::string& thread_name, std::function<void(steady_time now)> tick);
  bool on_own_thread();
  /// Runs `job` on the loop's thread, in order. False, and the job is dropped, when the loop has
  /// ended. Any thread.
  bool post(std::function<void()> job);
  /// Stops ticking; the thread ends when no socket operation and no job is left. Own thread.
  void finish();
  /// Waits for the thread's end; returns at once on the own thread.
  void join();

private:
  void run();
  void drain();
  void wait_for_tick();

  boost::asio::io_context context_;
  std::optional<boost::asio::executor_work_guard<io_executor>> work_;
  boost::asio::basic_waitable_timer<
      std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, io_executor>
      timer_;
  std::function<void(steady_time)> tick_;
  bool finishing_ = false;
  std::thread thread_;
  std::mutex join_lock_;

  std::mutex lock_; ///< of the inbox
  std::vector<std::function<void()>> inbox_;
  bool drain_posted_ = false;
  bool ended_ = false;
};

} // namespace ringmaster::net
