#include "net/webhooks/open_questions.hpp"

#include "actors/interfaces.hpp"

#include <caf/all.hpp>

#include <utility>

namespace ringmaster::net {

namespace {

constexpr std::uint64_t ticks_of_patience = 10;

} // namespace

std::uint64_t open_questions::open(std::function<void()> give_up) {
  const std::lock_guard lock(guard_);
  open_.emplace(++last_, question{std::move(give_up), {}, ticks_ + ticks_of_patience + 1});
  if (!std::exchange(ticking_, true)) begin_ticking();
  return last_;
}

void open_questions::asked_by(std::uint64_t number, const caf::actor& asker) {
  const std::lock_guard lock(guard_);
  if (const auto found = open_.find(number); found != open_.end())
    found->second.asker = asker.address();
  else
    caf::anon_send_exit(asker, caf::exit_reason::user_shutdown); // closed or given up meanwhile
}

bool open_questions::close(std::uint64_t number) {
  const std::lock_guard lock(guard_);
  return open_.erase(number) > 0;
}

/// An actor that lives while questions are open.
void open_questions::begin_ticking() {
  const auto ticker =
      system_.spawn([all = shared_from_this(),
                     pause = patience_ / ticks_of_patience](caf::event_based_actor* self) {
        self->delayed_send(self, pause, tick_atom::value);
        return caf::behavior{[=](tick_atom) {
          if (all->tick())
            self->delayed_send(self, pause, tick_atom::value);
          else
            self->quit();
        }};
      });
  ticker_ = ticker.address();
}

bool open_questions::tick() {
  std::vector<question> over;
  bool more = false;
  {
    const std::lock_guard lock(guard_);
    ++ticks_;
    for (auto it = open_.begin(); it != open_.end();) {
      if (it->second.until > ticks_) {
        ++it;
        continue;
      }
      over.push_back(std::move(it->second));
      it = open_.erase(it);
    }
    more = ticking_ = !open_.empty();
  }
  give_up(std::move(over));
  return more;
}

void open_questions::give_up_all() {
  std::vector<question> over;
  {
    const std::lock_guard lock(guard_);
    for (auto& [number, each] : std::exchange(open_, {}))
      over.push_back(std::move(each));
    // Its tick may be long in coming, and the end of the program would wait for it.
    if (const auto ticker = caf::actor_cast<caf::actor>(ticker_); ticking_ && ticker)
      caf::anon_send_exit(ticker, caf::exit_reason::user_shutdown);
    ticking_ = false;
  }
  give_up(std::move(over));
}

void open_questions::give_up(std::vector<question> over) {
  for (auto& each : over) {
    if (const auto asker = caf::actor_cast<caf::actor>(each.asker))
      caf::anon_send_exit(asker, caf::exit_reason::user_shutdown);
    each.give_up();
  }
}

} // namespace ringmaster::net
