// The console's socket: a Unix-domain socket that only the server's own user and root may use. One
// small thread a connection, a few at a time; what comes is bounded and never trusted.
#pragma once

#include "actors/failure.hpp"
#include "net/console/layouts.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace spdlog {
class logger;
}

namespace ringmaster::net::console {

/// Who is on the other end, as the kernel says.
struct peer {
  std::uint32_t uid = 0;
  std::int32_t pid = 0;
};

struct request {
  std::vector<std::string> words;
  std::string confirm;
  peer who;
  /// Sends one event before the answer; false: nobody listens any more.
  std::function<bool(const json&)> event;
  /// Waits up to so long; true as soon as the other end has gone, said something, or the server
  /// stops.
  std::function<bool(std::chrono::milliseconds)> over;
};

/// Answers {"ok":…}. Called on the connection's thread and may block.
using answer_fn = std::function<json(const request&)>;

struct server_settings {
  std::string path;
  std::size_t most_connections = 8;
  std::chrono::milliseconds patience{10'000}; ///< for the rest of a frame, and to take an answer
};

class server {
public:
  server(server_settings settings, answer_fn answer, std::shared_ptr<spdlog::logger> log);
  ~server(); ///< stops
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// The failure says why nobody can connect. A socket that nobody serves is replaced.
  result<done> start();
  /// Ends all connections. May be called twice.
  void stop();

private:
  struct connection {
    int socket = -1;
    std::thread thread;
    std::atomic<bool> over{false};
  };

  result<done> listen();
  void accept_loop();
  void admit(int socket);
  void serve(connection& one, peer who);
  json answer_to(connection& one, const std::string& payload, peer who);
  bool send(connection& one, const json& what);
  bool wait(int socket, std::chrono::milliseconds limit, bool& readable);
  void sweep();

  const server_settings settings_;
  const answer_fn answer_;
  std::shared_ptr<spdlog::logger> log_;
  int listener_ = -1, stop_ = -1;
  std::uint64_t device_ = 0, inode_ = 0; ///< of our socket file
  std::atomic<bool> stopping_{false};
  std::thread acceptor_;
  std::mutex guard_;
  std::list<connection> connections_;
};

} // namespace ringmaster::net::console
