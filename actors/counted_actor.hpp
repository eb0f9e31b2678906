// An actor that stands in the roster: the same as its function makes of it, and counted.
#pragma once

#include "actors/at_work.hpp"
#include "actors/roster.hpp"

#include <caf/all.hpp>

#include <cstddef>
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
      : super(config), listed_(std::move(roster), State::name, key),
        begin_(std::make_unique<begin_fn>(std::move(begin))) {}

  using super::enqueue;
  void enqueue(caf::mailbox_element_ptr message, caf::execution_unit* host) override {
    listed_.received.fetch_add(1, std::memory_order_relaxed);
    super::enqueue(std::move(message), host);
  }

  caf::invoke_message_result consume(caf::mailbox_element& message) override {
    const at_work<State> me(this->state);
    const auto how = super::consume(message);
    // What waits for an answer that is awaited first comes again.
    if (how != caf::invoke_message_result::skipped)
      listed_.handled.fetch_add(1, std::memory_order_relaxed);
    return how;
  }

  bool cleanup(caf::error&& why, caf::execution_unit* host) override {
    listed_.leave(why && why != caf::exit_reason::normal &&
                  why != caf::exit_reason::user_shutdown && why != caf::exit_reason::kill);
    return super::cleanup(std::move(why), host);
  }

protected:
  behavior_type make_behavior() override { return (*std::exchange(begin_, nullptr))(this); }

private:
  listed_actor listed_;
  std::unique_ptr<begin_fn> begin_; ///< until it has begun
};

/// What one takes in memory, without what its state points to.
template <class Handle, class State>
constexpr std::size_t actor_size = sizeof(caf::actor_storage<counted_actor<Handle, State>>);

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
