// The signals that ask a program to end.
#pragma once

#include "actors/clock.hpp"

#include <csignal>
#include <ctime>

namespace ringmaster::config {

/// SIGTERM and SIGINT, taken synchronously by the main thread. To be made before any other thread,
/// so that all inherit the blocked signals.
class end_signals {
public:
  end_signals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGTERM);
    sigaddset(&set_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
  }
  /// Whether one came within that time.
  bool wait(milliseconds patience) const {
    timespec limit{};
    limit.tv_sec = patience.count() / 1000;
    limit.tv_nsec = patience.count() % 1000 * 1'000'000;
    return sigtimedwait(&set_, nullptr, &limit) > 0;
  }
  void wait() const {
    int which = 0;
    sigwait(&set_, &which);
  }
  /// From now on the next signal ends the process at once.
  void end_at_once() const {
    std::signal(SIGTERM, SIG_DFL);
    std::signal(SIGINT, SIG_DFL);
    pthread_sigmask(SIG_UNBLOCK, &set_, nullptr);
  }

private:
  sigset_t set_{};
};

} // namespace ringmaster::config
