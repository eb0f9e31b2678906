// Whose message a thread handles just now. CAF's handlers capture their actor, so that each actor
// has a set of its own (a supervisor's takes 0.9 kB). Where there are thousands of a kind they
// share one set, whose handlers ask here. Only counted_actor sets it.
#pragma once

#include <exception>

namespace ringmaster {

template <class State>
class at_work {
public:
  explicit at_work(State& state) : before_(current_) { current_ = &state; }
  ~at_work() { current_ = before_; }
  at_work(const at_work&) = delete;
  at_work& operator=(const at_work&) = delete;

  /// To be called by a handler of such an actor alone.
  static State& state() {
    // Never another business's: rather no server than that.
    if (current_ == nullptr) std::terminate();
    return *current_;
  }

private:
  static inline thread_local State* current_ = nullptr;
  State* before_;
};

} // namespace ringmaster
