#include "net/webhooks/open_questions.hpp"

#include "actors/interfaces.hpp"

#include <caf/all.hpp>

#include <atomic>
#include <utility>
#include <vector>

namespace ringmaster::net {

namespace {

constexpr std::uint64_t ticks_of_patience = 10;

} // namespace

/// An actor without a mailbox: the sender of one request. Whoever has that request keeps it alive,
/// and whatever becomes of the request closes it.
class open_questions::question final : public caf::monitorable_actor {
public:
  question(caf::actor_config& config, std::shared_ptr<open_questions> all, std::uint64_t number,
           hear_fn hear)
      : caf::monitorable_actor(config), all_(std::move(all)), number_(number),
        hear_(std::move(hear)) {}
  ~question() override { close(nullptr, "the question was dropped"); }

  void enqueue(caf::mailbox_element_ptr said, caf::execution_unit*) override {
    const auto& content = std::as_const(*said).content();
    if (content.match_elements<caf::exit_msg>()) return close(nullptr, "nobody answered in time");
    if (!said->mid.is_response()) return;
    if (content.match_elements<caf::error>())
      return close(nullptr, home_system().render(content.get_as<caf::error>(0)));
    close(&content, {});
  }

private:
  void close(const caf::type_erased_tuple* said, const std::string& why) {
    if (closed_.exchange(true)) return;
    all_->forget(number_);
    std::exchange(hear_, nullptr)(said, why);
  }

  const std::shared_ptr<open_questions> all_;
  const std::uint64_t number_;
  hear_fn hear_;
  std::atomic<bool> closed_{false};
};

/// Its next tick may be long in coming, and the end of the program would wait for it.
open_questions::~open_questions() {
  if (const auto ticker = caf::actor_cast<caf::actor>(ticker_))
    caf::anon_send_exit(ticker, caf::exit_reason::user_shutdown);
}

void open_questions::put(const caf::strong_actor_ptr& whom, caf::message message, hear_fn hear) {
  if (!whom) return hear(nullptr, "there is nobody to ask");
  std::uint64_t number = 0;
  {
    const std::lock_guard lock(guard_);
    number = ++last_;
  }
  caf::actor_config config;
  const auto asker = caf::make_actor<question, caf::strong_actor_ptr>(
      system_.next_actor_id(), system_.node(), &system_, config, shared_from_this(), number,
      std::move(hear));
  {
    const std::lock_guard lock(guard_);
    waits_.emplace(number,
                   wait{caf::actor_cast<caf::actor_addr>(asker), ticks_ + ticks_of_patience + 1});
    if (!std::exchange(ticking_, true)) begin_ticking();
  }
  constexpr auto request = caf::make_message_id(1);
  whom->enqueue(asker, request, std::move(message), nullptr);
}

void open_questions::forget(std::uint64_t number) {
  const std::lock_guard lock(guard_);
  waits_.erase(number);
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
  // Ended behind the lock: a question that closes is forgotten.
  std::vector<caf::strong_actor_ptr> over;
  bool more = false;
  {
    const std::lock_guard lock(guard_);
    ++ticks_;
    for (auto it = waits_.begin(); it != waits_.end();) {
      if (it->second.until > ticks_) {
        ++it;
        continue;
      }
      over.push_back(caf::actor_cast<caf::strong_actor_ptr>(it->second.question));
      it = waits_.erase(it);
    }
    more = ticking_ = !waits_.empty();
  }
  for (const auto& each : over)
    if (each) caf::anon_send_exit(each, caf::exit_reason::user_shutdown);
  return more;
}

} // namespace ringmaster::net
