// The HTTP/1.1 server: listens, reads requests within limits, answers in order.
// Keep-alive and pipelining are safe (a connection's next request is read when its last is
// answered); slow clients are cut off; what is malformed is answered 400 and the connection closed.
#pragma once

#include "net/http/forwarded.hpp"
#include "net/http/message.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace ringmaster::net {

class tls_identity;

struct server_limits {
  std::size_t header_bytes = 16 * 1024;      ///< over it: 431
  std::size_t body_bytes = 64 * 1024 * 1024; ///< over it: 413, told from Content-Length at once
  /// Limits the body for some paths below `body_bytes` (webhooks, small JSON); empty: none.
  std::function<std::size_t(const http_request& head)> body_limit_of;
  /// Asked before a body is read that may be larger than `unasked_body_bytes`; empty: all may.
  admission_fn admit;
  std::size_t unasked_body_bytes = 64 * 1024;
  std::chrono::milliseconds header_time{10'000}; ///< from the first byte to the end of the header
  std::chrono::milliseconds idle_time{75'000};   ///< between two requests on one connection
  std::chrono::milliseconds handshake_time{10'000}; ///< for TLS
  /// TLS handshakes under way; beyond it the one that has taken longest is given up.
  std::size_t handshakes = 256;
  std::size_t least_body_rate = 4096;            ///< bytes per second, averaged from the header on
  std::chrono::milliseconds answer_time{60'000}; ///< the handler's time; over it: 503
  /// A body buys its handler more: bytes per second. 0: it does not.
  std::size_t least_answer_rate = 100'000;
  /// Beyond it the connection that has waited longest for a request makes room; when none waits,
  /// the new one is closed at once.
  std::size_t connections = 4096;
  /// Of all bodies that are being received; beyond it: 503, but one body alone is always taken. The
  /// last quarter is for those up to `unasked_body_bytes`: a callback need not wait for an import.
  /// Of the rest one asker has half at most.
  std::size_t all_body_bytes = 256 * 1024 * 1024;
  /// Whose word is taken for where a request comes from.
  trusted_proxies proxies;
};

class http_server {
public:
  http_server(std::string name, server_limits limits, http_handler handler);
  ~http_server(); ///< stops; not on a thread of the server

  http_server(const http_server&) = delete;
  http_server& operator=(const http_server&) = delete;

  /// All connections speak TLS; to be called before start(), with something loaded.
  void use_tls(std::shared_ptr<tls_identity> identity);
  /// Listens and serves on `threads` threads of its own. Port 0 takes a free one.
  /// Returns why not: "port 8080 on 127.0.0.1 is in use…".
  std::string start(const std::string& address, std::uint16_t port, int threads = 1);
  std::uint16_t port() const;
  /// Ends listening, lets requests in flight finish for at most `grace`, closes all. From a handler
  /// it only begins that; a stopped server can't be started again.
  void stop(std::chrono::milliseconds grace = std::chrono::milliseconds{2000});

private:
  struct impl;
  std::shared_ptr<impl> impl_;
};

} // namespace ringmaster::net
