// The console's side of the socket: asks one command after another and waits for each answer.
#pragma once

#include "actors/failure.hpp"
#include "net/console/frame.hpp"
#include "net/console/layouts.hpp"

#include <functional>
#include <string>
#include <vector>

namespace ringmaster::net::console {

class client {
public:
  client() = default;
  ~client();
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  /// `path`: of the server's socket. The failure says what to do.
  result<done> connect(const std::string& path);
  /// The server's whole answer. `confirm`: as an earlier answer asked for. `heard` is called for
  /// each event before it (tail) and says whether to go on; then the connection ends.
  result<json> ask(const std::vector<std::string>& words, const std::string& confirm = {},
                   const std::function<bool(const json&)>& heard = nullptr);
  bool connected() const { return socket_ >= 0; }
  /// Where tail waits, so that a signal handler may end it.
  int descriptor() const { return socket_; }

private:
  result<json> receive();
  failure lost(const std::string& what);
  void close();

  int socket_ = -1;
  frame_reader reader_{largest_answer};
};

} // namespace ringmaster::net::console
