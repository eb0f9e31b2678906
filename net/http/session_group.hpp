// The sessions of one loop, and what all of a server's sessions share.
#pragma once

#include "net/http/body_room.hpp"
#include "net/http/io_loop.hpp"
#include "net/http/server.hpp"
#include "net/http/tls_server.hpp"

#include <atomic>
#include <memory>
#include <vector>

namespace ringmaster::net {

class session;

/// Fixed from the start, but for the counts.
struct serving {
  serving(server_limits bounds, http_handler what)
      : limits(std::move(bounds)), handler(std::move(what)),
        bodies(limits.all_body_bytes, limits.unasked_body_bytes) {}

  server_limits limits;
  http_handler handler;
  std::shared_ptr<tls_identity> tls; ///< none: plain HTTP
  std::atomic<std::size_t> connections{0};
  body_room bodies;
  std::atomic<std::size_t> handshakes{0}; ///< of TLS, under way
};

class session_group : public std::enable_shared_from_this<session_group> {
public:
  explicit session_group(std::shared_ptr<serving> shared);
  ~session_group();

  io_loop& loop() { return loop_; }
  serving& shared() { return *shared_; }

  /// Any thread.
  void start(const std::string& thread_name);

  // The loop's thread only:
  /// Serves the connection; closes it when too many have work, or the server is stopping.
  void add(tcp_socket socket);
  void remove(session& gone);
  /// Each session ends after what it has in flight, all at the deadline; then the loop ends.
  void begin_stop(steady_time deadline);

private:
  /// Closes the session that has waited longest, for a request or (`shaking`) in its handshake;
  /// false when none waits.
  bool make_room(bool shaking = false);
  void tick(steady_time now);
  void close_all();
  void finish_when_empty();

  std::shared_ptr<serving> shared_;
  io_loop loop_;
  std::vector<std::shared_ptr<session>> sessions_;
  bool stopping_ = false;
  steady_time stop_deadline_ = steady_time::max();
};

} // namespace ringmaster::net
