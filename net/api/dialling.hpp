// Asking the dialling side (the switchboard) without waiting for it: no thread stands still while
// it thinks.
#pragma once

#include "actors/failure.hpp"
#include "actors/interfaces.hpp"
#include "net/webhooks/open_questions.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <type_traits>
#include <unordered_map>

namespace ringmaster::net::api {

/// May be asked from any thread.
class dialling {
public:
  /// `most_waiting`: questions of one business that may be unanswered at a time. News of what is
  /// committed (answered by `acknowledged`) passes beyond it: dropped, it would be missed for long.
  dialling(caf::actor_system& system, switchboard_actor switchboard, milliseconds patience,
           int most_waiting);

  /// Calls `then` exactly once, on a thread of the actors or of the asker, where it must not block:
  /// with the answer; or with a failure, whose kind `unknown` says that the message may still be
  /// obeyed, and any other that it was not sent. The message names its business.
  template <class Answer, class Message>
  void ask(const Message& message, std::function<void(result<Answer>)> then) const;

  /// Lets go of the switchboard; nothing may be asked afterwards.
  void let_go() { switchboard_ = nullptr; }

private:
  struct queue {
    std::mutex guard;
    std::unordered_map<business_id, int> waiting;
  };

  static failure silent();
  static failure crowded();
  bool enter(business_id business, bool always) const;
  static void leave(queue& all, business_id business);

  caf::actor_system& system_;
  switchboard_actor switchboard_;
  int most_waiting_;
  std::shared_ptr<queue> queue_;
  std::shared_ptr<open_questions> questions_;
};

template <class Answer, class Message>
void dialling::ask(const Message& message, std::function<void(result<Answer>)> then) const {
  constexpr bool is_news = std::is_same_v<Answer, acknowledged>;
  if (!enter(message.business, is_news)) return then(crowded());
  auto told = [all = queue_, business = message.business,
               then = std::move(then)](result<Answer> said) {
    leave(*all, business);
    then(std::move(said));
  };
  questions_->ask<Answer>(switchboard_, message,
                          [told = std::move(told)](const Answer* answer, const std::string&) {
                            if (answer != nullptr) return told(*answer);
                            told(silent());
                          });
}

} // namespace ringmaster::net::api
