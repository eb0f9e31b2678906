// An actor that stands in the roster: the same as its function makes of it, and counted.
#pragma once

#include "actors/roster.hpp"

#include <caf/all.hpp>

#include <functional>
#include <memory>
#include <string>

namespace ringmaster {

template <class Handle, class State>
class counted_actor final : public caf::stateful_actor<State, typename Handle::base> {
public:
  using super = caf::stateful_actor<State, typename Handle::base>;
  using behavior_type = typename Handle::behavior_type;
  /// The actor's own function with all its arguments but the first.
  using begin_fn = std::function<behavior_type(super*)>;

  counted_actor(caf::actor_config& config, std::shared_ptr<actor_roster> roster,
                const std::string& key, begin_fn begin)
      : super(config), roster_(std::move(roster)),
        begin_(std::make_unique<begin_fn>(std::move(begin))) {
    if (roster_) number_ = roster_->enter(State::name, key, figures_);
  }

  using super::enqueue;
  void enqueue(caf::mailbox_element_ptr message, caf::execution_unit* host) override {
    figures_->received.fetch_add(1, std::memory_order_relaxed);
    super::enqueue(std::move(message), host);
  }

  caf::invoke_message_result consume(caf::mailbox_element& message) override {
    const auto how = super::consume(message);
    // What waits for an answer that is awaited first comes again.
    if (how != caf::invoke_message_result::skipped)
      figures_->handled.fetch_add(1, std::memory_order_relaxed);
    return how;
  }

  bool cleanup(caf::error&& why, caf::execution_unit* host) override {
    const bool broke = why && why != caf::exit_reason::normal &&
                       why != caf::exit_reason::user_shutdown && why != caf::exit_reason::kill;
    if (roster_) roster_->leave(number_, broke);
    roster_.reset();
    return super::cleanup(std::move(why), host);
  }

protected:
  behavior_type make_behavior() override { return (*std::exchange(begin_, nullptr))(this); }

private:
  std::shared_ptr<actor_figures> figures_ = std::make_shared<actor_figures>();
  std::shared_ptr<actor_roster> roster_; ///< none: nobody looks
  actor_roster::number number_ = 0;
  std::unique_ptr<begin_fn> begin_; ///< until it has begun
};

/// `from`: an actor system, or the actor that starts it. `begin` is given the new actor.
template <class Handle, class State, caf::spawn_options Options = caf::no_spawn_options,
          class Spawner, class Begin>
Handle spawn_counted(Spawner& from, const std::shared_ptr<actor_roster>& roster,
                     const std::string& key, Begin begin) {
  using actor = counted_actor<Handle, State>;
  return from.template spawn<actor, Options>(roster, key,
                                             typename actor::begin_fn(std::move(begin)));
}

} // namespace ringmaster
