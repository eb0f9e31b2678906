// The HTTP/1.1 client: keep-alive connections to one base URL (http or https with certificate
// checks), a queue in front of them, and an exact account of what was sent.
// It never sends a request twice, whatever happens to a connection.
#pragma once

#include "net/http/message.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace ringmaster::net {

struct client_limits {
  std::size_t connections = 64;
  std::chrono::milliseconds connect_time{5'000};
  std::chrono::milliseconds answer_time{15'000}; ///< from the first byte sent to the whole answer
  std::chrono::milliseconds idle_time{20'000};   ///< an unused connection is closed after that
  std::size_t answer_bytes = 4 * 1024 * 1024;
  std::size_t waiting = 100'000; ///< requests in the queue; more are answered not_sent
};

struct client_request {
  std::string method;
  std::string target;  ///< path and query, encoded
  header_list headers; ///< besides Host, Content-Length, Connection
  std::string body;
  /// Not sent at or after that; {}: no deadline.
  std::chrono::steady_clock::time_point send_before{};
};

enum class exchange_result {
  answered, ///< `response` is complete
  not_sent, ///< surely no byte of the request was written
  unknown   ///< at least one byte was written and no complete answer came
};

struct exchange {
  exchange_result result = exchange_result::unknown;
  http_response response;
  header_list headers; ///< of the answer
  std::string reason;  ///< for logs, when not answered
};

class http_client {
public:
  /// `base_url`: scheme, host, optional port; anything else is refused with invalid_argument.
  http_client(const std::string& base_url, client_limits limits);
  /// Answers what is pending (unsent: not_sent, sent: unknown); not on the client's thread.
  ~http_client();

  http_client(const http_client&) = delete;
  http_client& operator=(const http_client&) = delete;

  using ticket = std::uint64_t;
  /// Sends once; `done` is called exactly once, on the client's thread.
  ticket send(client_request request, std::function<void(exchange)> done);
  /// Takes a request back if it was not sent yet (it is answered not_sent before `done` is called).
  void withdraw(std::vector<ticket> tickets, std::function<void()> done);

private:
  struct impl;
  std::shared_ptr<impl> impl_;
};

} // namespace ringmaster::net
