// Cuts off a database that does not answer. libpq waits for an answer without a limit, and a server
// that stands still (its host suspended, say) keeps its connection alive: only the time since it
// last said anything tells. Such a connection is shut down, and whoever waits on it hears that it
// is lost.
#pragma once

#include <chrono>

namespace ringmaster::db {

/// A second name for a connection's socket, so that closing the first can't make it another's.
class socket_name {
public:
  socket_name() = default;
  ~socket_name() { close(); }
  socket_name(const socket_name&) = delete;
  socket_name& operator=(const socket_name&) = delete;

  void name(int socket);
  void close();
  int get() const { return fd_; }

private:
  int fd_ = -1;
};

/// While it lives: silence of `limit` ends the connection. TCP only; a local socket has no count of
/// its silence and is left alone.
class answer_guard {
public:
  answer_guard(const socket_name& socket, std::chrono::milliseconds limit);
  ~answer_guard();
  answer_guard(const answer_guard&) = delete;
  answer_guard& operator=(const answer_guard&) = delete;

private:
  std::size_t place_;
};

/// From now on no answer is waited for longer than that, in the whole process: it is ending.
void hurry_answers(std::chrono::milliseconds most);

} // namespace ringmaster::db
