// Requests from outside that wait for an actor's answer, and one timer for all of them. CAF never
// takes back the timer of a request that was answered: thousands of requests a second would each
// leave one behind, with the actor that asked, for the whole patience.
#pragma once

#include "actors/clock.hpp"

#include <caf/actor.hpp>
#include <caf/actor_addr.hpp>
#include <caf/actor_system.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace ringmaster::net {

class open_questions : public std::enable_shared_from_this<open_questions> {
public:
  /// A question is given up after `patience`, or up to a tenth of it later.
  open_questions(caf::actor_system& system, milliseconds patience)
      : system_(system), patience_(patience) {}

  /// `give_up` is called, once and on any thread, unless the question was closed in time.
  std::uint64_t open(std::function<void()> give_up);
  /// Who waits for the answer; ended when the question is given up.
  void asked_by(std::uint64_t number, const caf::actor& asker);
  /// False: it was given up, or closed before.
  bool close(std::uint64_t number);
  /// Nobody will answer any more.
  void give_up_all();

private:
  struct question {
    std::function<void()> give_up;
    /// Weak: the asker keeps these questions, and must go with an actor that never answers.
    caf::actor_addr asker;
    std::uint64_t until; ///< the tick at which it is given up
  };

  void begin_ticking();
  bool tick(); ///< false: none is open any more
  static void give_up(std::vector<question> over);

  caf::actor_system& system_;
  const milliseconds patience_;
  std::mutex guard_;
  std::unordered_map<std::uint64_t, question> open_;
  std::uint64_t last_ = 0, ticks_ = 0;
  bool ticking_ = false;   ///< while questions are open
  caf::actor_addr ticker_; ///< weak: it keeps these questions, and its tick may never come
};

} // namespace ringmaster::net
