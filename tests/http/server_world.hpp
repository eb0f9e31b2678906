// A server on a free port of 127.0.0.1 for one test.
#pragma once

#include "net/http/server.hpp"
#include "tests/support/http_probe.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace ringmaster::net {

using probe::raw_connection;
using std::chrono::milliseconds;

struct server_world {
  explicit server_world(http_handler handler, server_limits limits = {}, int threads = 1)
      : server("test", std::move(limits), std::move(handler)) {
    auto problem = server.start("127.0.0.1", 0, threads);
    INFO(problem);
    REQUIRE(problem.empty());
  }

  raw_connection connect(int receive_buffer = 0) {
    return raw_connection(server.port(), receive_buffer);
  }

  /// The same request again and again, each on a connection of its own: all are answered 200.
  void serves(const std::string& request, int times) {
    for (int tries = 0; tries < times; ++tries) {
      auto client = connect();
      client.send(request);
      REQUIRE(client.read_response().value().status == 200);
    }
  }

  http_server server;
};

/// A list that one thread fills and another waits for.
template <class T>
class mailbox {
public:
  void put(T value) {
    std::lock_guard guard(lock_);
    content_.push_back(std::move(value));
    changed_.notify_all();
  }

  /// The next one, in order; throws when none comes within 20 seconds.
  T take() {
    std::unique_lock guard(lock_);
    if (!changed_.wait_for(guard, std::chrono::seconds(20), [this] { return !content_.empty(); }))
      throw std::runtime_error("nothing came in time");
    T value = std::move(content_.front());
    content_.erase(content_.begin());
    return value;
  }

  bool empty() {
    std::lock_guard guard(lock_);
    return content_.empty();
  }

private:
  std::mutex lock_;
  std::condition_variable changed_;
  std::vector<T> content_;
};

inline http_response text(std::string body, int status = 200) {
  http_response response;
  response.status = status;
  response.content_type = "text/plain";
  response.body = std::move(body);
  return response;
}

/// Tells method, target and body of the request back.
inline void echo(http_request request, respond_fn respond) {
  respond(text(request.method + " " + request.target + " " + request.body));
}

/// Longer than a look at deadlines takes (250 ms), short enough for a test.
constexpr milliseconds short_time{300};

} // namespace ringmaster::net
