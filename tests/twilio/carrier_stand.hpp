// What stands where the carrier would: a real HTTP server that keeps every request and answers as
// the test says.
#pragma once

#include "net/http/server.hpp"
#include "net/http/url.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>

namespace ringmaster::tests {

class carrier_stand {
public:
  carrier_stand();
  ~carrier_stand() { stop(); }

  std::string base_url() const;

  /// Answers the next request; the last one given is used for all that follow.
  void answer(net::http_response response);
  void answer(int status, const std::string& json);
  /// Keeps requests without an answer until release().
  void hold();
  void release();
  /// Waits until so many requests have come.
  void wait_for_requests(std::size_t count);
  /// Ends listening and closes all connections.
  void stop() { server_.stop(std::chrono::milliseconds{0}); }

  std::vector<net::http_request> requests();

private:
  void serve(net::http_request request, net::respond_fn respond);
  net::http_response next_answer();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<net::http_request> requests_;
  std::deque<net::http_response> answers_;
  std::vector<net::respond_fn> held_;
  bool holding_ = false;
  net::http_server server_; ///< last: its threads use the others until it has ended
};

} // namespace ringmaster::tests
