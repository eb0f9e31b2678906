// Stands before the API and the webhooks: refuses what this server can't answer for now. It stands
// there before there are any, since the server's address is needed to make them, and a little
// longer.
#pragma once

#include "actors/counters.hpp"
#include "net/http/message.hpp"

#include <functional>
#include <mutex>
#include <optional>
#include <string>

namespace spdlog {
class logger;
}

namespace ringmaster::config {

/// Why something is not done now, as the API tells it; no code: nothing stands against it.
struct hindrance {
  std::string code, message;
};

/// The same; a callback that is refused for it is told in the log and counted.
hindrance told(hindrance why, spdlog::logger& log, counters& count);

class gate {
public:
  using question = std::function<hindrance()>;

  /// `api` is asked for each request that changes something; `webhook` for each webhook: without
  /// the ownership our supervisors may know less than the carrier tells of. `closed` answers while
  /// there is nobody else.
  gate(question api, question webhook, net::http_handler closed)
      : api_hindrance_(std::move(api)), webhook_hindrance_(std::move(webhook)),
        closed_(std::move(closed)) {}

  /// Empty handlers: there is none. Any thread.
  void open(net::http_handler api, net::admission_fn api_admission, net::http_handler webhooks);
  void close() { open(nullptr, nullptr, nullptr); }

  void handle(net::http_request request, net::respond_fn respond);
  /// A large body that nobody is there to judge is not read: a server that waits for the ownership
  /// would take as many of them as anybody sends.
  void admit(const net::http_request& head, net::admitted_fn then);

private:
  question api_hindrance_, webhook_hindrance_;
  net::http_handler closed_;
  std::mutex guard_;
  net::http_handler api_, webhooks_;
  net::admission_fn api_admission_;
};

} // namespace ringmaster::config
