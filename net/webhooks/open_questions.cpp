#include "net/webhooks/open_questions.hpp"

#include "actors/interfaces.hpp"

#include <caf/all.hpp>

#include <utility>
#include <vector>

namespace ringmaster::net {

namespace {

constexpr std::uint64_t ticks_of_patience = 10;

void end(const caf::actor& whom) {
  if (whom) caf::anon_send_exit(whom, caf::exit_reason::user_shutdown);
}

} // namespace

open_question::~open_question() {
  if (close()) unanswered_();
}

void open_question::asked_by(const caf::actor& asker) const {
  all_->asked_by(number_, asker);
}

bool open_question::close() {
  if (closed_.exchange(true)) return false;
  all_->forget(number_);
  return true;
}

/// Its next tick may be long in coming, and the end of the program would wait for it.
open_questions::~open_questions() {
  end(caf::actor_cast<caf::actor>(ticker_));
}

std::shared_ptr<open_question> open_questions::open(std::function<void()> unanswered) {
  std::uint64_t number = 0;
  {
    const std::lock_guard lock(guard_);
    number = ++last_;
    waits_.emplace(number, wait{{}, ticks_ + ticks_of_patience + 1});
    if (!std::exchange(ticking_, true)) begin_ticking();
  }
  return std::shared_ptr<open_question>(
      new open_question(shared_from_this(), number, std::move(unanswered)));
}

void open_questions::forget(std::uint64_t number) {
  const std::lock_guard lock(guard_);
  waits_.erase(number);
}

void open_questions::asked_by(std::uint64_t number, const caf::actor& asker) {
  const std::lock_guard lock(guard_);
  if (const auto found = waits_.find(number); found != waits_.end())
    found->second.asker = asker.address();
  else
    end(asker); // the question was closed meanwhile, or the patience is over already
}

/// An actor that lives while questions are open.
void open_questions::begin_ticking() {
  const auto ticker =
      system_.spawn([weak = weak_from_this(),
                     pause = patience_ / ticks_of_patience](caf::event_based_actor* self) {
        self->delayed_send(self, pause, tick_atom::value);
        return caf::behavior{[=](tick_atom) {
          const auto all = weak.lock();
          if (all && all->tick())
            self->delayed_send(self, pause, tick_atom::value);
          else
            self->quit();
        }};
      });
  ticker_ = ticker.address();
}

bool open_questions::tick() {
  // Let go of after the lock: the last to hold an asker closes its question.
  std::vector<caf::actor> over;
  const std::lock_guard lock(guard_);
  ++ticks_;
  for (auto it = waits_.begin(); it != waits_.end();) {
    if (it->second.until > ticks_) {
      ++it;
      continue;
    }
    over.push_back(caf::actor_cast<caf::actor>(it->second.asker));
    end(over.back());
    it = waits_.erase(it);
  }
  return ticking_ = !waits_.empty();
}

} // namespace ringmaster::net
