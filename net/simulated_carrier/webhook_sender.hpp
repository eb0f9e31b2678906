// Calls webhooks: signs, sends, retries as the URL's fragment asks. One pool of connections per
// place and time-outs; places are on this machine and few. Lives on one loop's thread, which also
// moves the calls on: a webhook and its answer go through no other thread.
#pragma once

#include "net/http/io_loop.hpp"
#include "net/simulated_carrier/webhook.hpp"

#include <functional>
#include <memory>
#include <string>

namespace ringmaster::net::sim {

/// Runs a function after a while, on the loop's thread.
using run_later = std::function<void(milliseconds, std::function<void()>)>;

class webhook_sender {
public:
  using settled_fn = std::function<void(const webhook&, const webhook_outcome&)>;

  /// `settled` is called once per webhook, perhaps from inside send(), until stop() has returned.
  webhook_sender(io_loop& loop, std::string auth_token, run_later later, settled_fn settled);
  /// The loop must have ended.
  ~webhook_sender();

  void send(webhook w);
  /// Cuts off what is over its time.
  void tick(steady_time now);
  /// Ends all connections; what is under way is not reported any more.
  void stop();

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace ringmaster::net::sim
