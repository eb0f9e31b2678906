// Questions to an actor on behalf of somebody who is none, such as a request from outside. Nothing
// is scheduled for them: the answer is heard on the thread that gives it. And one timer for all of
// them: CAF never takes back the timer of a request that was answered, and thousands of requests a
// second would each leave one behind for the whole patience.
#pragma once

#include "actors/clock.hpp"

#include <caf/actor_addr.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/message.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace ringmaster::net {

class open_questions : public std::enable_shared_from_this<open_questions> {
public:
  /// An answer is waited for during `patience`, or up to a tenth of it longer.
  open_questions(caf::actor_system& system, milliseconds patience)
      : system_(system), patience_(patience) {}
  ~open_questions();

  /// `then` is called once, on any thread, where it must not block: with the answer, or with null
  /// and why there is none. That is as soon as nobody can answer any more, be it that the actor
  /// asked has ended or that it has dropped the question.
  template <class Answer, class Handle, class Message>
  void ask(const Handle& whom, Message message,
           std::function<void(const Answer*, const std::string&)> then) {
    put(caf::actor_cast<caf::strong_actor_ptr>(whom), caf::make_message(std::move(message)),
        [then = std::move(then)](const caf::type_erased_tuple* said, const std::string& why) {
          if (said == nullptr) return then(nullptr, why);
          if (said->match_elements<Answer>()) return then(&said->get_as<Answer>(0), {});
          then(nullptr, "it was answered with something else");
        });
  }

private:
  class question;
  using hear_fn = std::function<void(const caf::type_erased_tuple*, const std::string&)>;
  /// Knows its question weakly: that belongs to whoever may answer it.
  struct wait {
    caf::actor_addr question;
    std::uint64_t until; ///< the tick at which the patience is over
  };

  void put(const caf::strong_actor_ptr& whom, caf::message message, hear_fn hear);
  void forget(std::uint64_t number);
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
