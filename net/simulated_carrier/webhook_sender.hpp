// Calls webhooks: signs, sends, retries as the URL's fragment asks. One HTTP client per place and
// time-outs; places are on this machine and few.
#pragma once

#include "net/simulated_carrier/webhook.hpp"

#include <functional>
#include <memory>
#include <string>

namespace ringmaster::net::sim {

/// Runs a function after a while, on a thread of its own choice.
using run_later = std::function<void(milliseconds, std::function<void()>)>;

class webhook_sender {
public:
  using settled_fn = std::function<void(const webhook&, const webhook_outcome&)>;

  /// `settled` is called once per webhook, on any thread, until stop() has returned.
  webhook_sender(std::string auth_token, run_later later, settled_fn settled);
  ~webhook_sender();

  void send(webhook w);
  /// Ends all connections; what is under way is not reported any more.
  void stop();

private:
  struct impl;
  std::shared_ptr<impl> impl_;
};

} // namespace ringmaster::net::sim
