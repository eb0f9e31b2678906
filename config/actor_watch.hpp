// Watches the actors of which there is one each (or a fixed few): nobody starts them again, and a
// server without one of them looks well and does half its work.
#pragma once

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

#include <atomic>
#include <memory>
#include <string>

namespace ringmaster::config {

class actor_watch {
public:
  explicit actor_watch(std::shared_ptr<spdlog::logger> log) : log_(std::move(log)) {}

  /// `system` outlives the actor.
  template <class Handle>
  void watch(const Handle& actor, const std::string& name, const caf::actor_system& system) {
    caf::actor_cast<caf::abstract_actor*>(actor)->attach_functor(
        [broken = broken_, log = log_, name, &system](const caf::error& why) {
          if (why == caf::exit_reason::user_shutdown) return;
          log->critical("[Server] ALARM: the {} ended ({}): this server ends too", name,
                        system.render(why));
          *broken = true; // after it: who sees this ends the server
        });
  }

  /// Whether one of them has ended unasked.
  bool broken() const { return *broken_; }

private:
  std::shared_ptr<spdlog::logger> log_;
  std::shared_ptr<std::atomic<bool>> broken_ = std::make_shared<std::atomic<bool>>(false);
};

} // namespace ringmaster::config
