// Requests from outside that wait for an actor's answer, and one timer for all of them. CAF never
// takes back the timer of a request that was answered: thousands of requests a second would each
// leave one behind, with the actor that asked, for the whole patience.
#pragma once

#include "actors/clock.hpp"

#include <caf/actor.hpp>
#include <caf/actor_addr.hpp>
#include <caf/actor_system.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace ringmaster::net {

class open_questions;

/// Belongs to the actor that asks, and to nobody else: when that actor goes without an answer,
/// whatever ended it, the question is closed as unanswered.
class open_question {
public:
  ~open_question();
  open_question(const open_question&) = delete;
  open_question& operator=(const open_question&) = delete;

  /// Who waits for the answer, and is ended when the patience is over.
  void asked_by(const caf::actor& asker) const;
  /// True once: whoever closed it answers.
  bool close();

private:
  friend class open_questions;
  open_question(std::shared_ptr<open_questions> all, std::uint64_t number,
                std::function<void()> unanswered)
      : all_(std::move(all)), number_(number), unanswered_(std::move(unanswered)) {}

  const std::shared_ptr<open_questions> all_;
  const std::uint64_t number_;
  const std::function<void()> unanswered_;
  std::atomic<bool> closed_{false};
};

class open_questions : public std::enable_shared_from_this<open_questions> {
public:
  /// An asker waits for `patience`, or up to a tenth of it longer.
  open_questions(caf::actor_system& system, milliseconds patience)
      : system_(system), patience_(patience) {}
  ~open_questions();

  /// `unanswered` is called, once and on any thread, unless the question is closed in time.
  std::shared_ptr<open_question> open(std::function<void()> unanswered);

private:
  friend class open_question;
  /// Knows neither the question nor, but weakly, its asker: whom they hold may hold these.
  struct wait {
    caf::actor_addr asker;
    std::uint64_t until; ///< the tick at which the patience is over
  };

  void forget(std::uint64_t number);
  void asked_by(std::uint64_t number, const caf::actor& asker);
  void begin_ticking();
  bool tick(); ///< false: none is open any more

  caf::actor_system& system_;
  const milliseconds patience_;
  std::mutex guard_;
  std::unordered_map<std::uint64_t, wait> waits_;
  std::uint64_t last_ = 0, ticks_ = 0;
  bool ticking_ = false; ///< while questions are open
  caf::actor_addr ticker_;
};

} // namespace ringmaster::net
