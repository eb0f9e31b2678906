// Stands before the API and the webhooks: refuses what this server can't answer for now.
#pragma once

#include "net/http/message.hpp"

#include <functional>
#include <mutex>
#include <string>

namespace ringmaster::config {

/// Why something is not done now, as the API tells it; no code: nothing stands against it.
struct hindrance {
  std::string code, message;
};

class gate {
public:
  using question = std::function<hindrance()>;

  /// `api` is asked for each request that changes something; `webhook` for each webhook: without
  /// the ownership our supervisors may know less than the carrier tells of.
  gate(question api, question webhook)
      : api_hindrance_(std::move(api)), webhook_hindrance_(std::move(webhook)) {}

  /// Empty handlers: there is none.
  void open(net::http_handler api, net::http_handler webhooks);
  void close() { open(nullptr, nullptr); }
  void handle(net::http_request request, net::respond_fn respond);

private:
  question api_hindrance_, webhook_hindrance_;
  std::mutex guard_;
  net::http_handler api_, webhooks_;
};

} // namespace ringmaster::config
