// Where requests find their handlers. The server listens before there are any, since its address
// is needed to make them, and a little longer than there are.
#pragma once

#include "net/http/message.hpp"

#include <mutex>

namespace ringmaster::config {

class doors {
public:
  /// Empty handlers: there is none, and requests are answered 503. Any thread.
  void open(net::http_handler api, net::admission_fn api_admission, net::http_handler webhooks);
  void close() { open(nullptr, nullptr, nullptr); }

  void handle(net::http_request request, net::respond_fn respond);
  /// A body that nobody is there to judge may come: it is answered 503 all the same.
  void admit(const net::http_request& head,
             std::function<void(std::optional<net::http_response>)> then);

private:
  std::mutex guard_;
  net::http_handler api_, webhooks_;
  net::admission_fn api_admission_;
};

} // namespace ringmaster::config
