#include "tests/simulation/wire.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <string_view>

namespace ringmaster::simulation::wire {

namespace {

enum class owner { unknown, observer, process, store };

struct session {
  owner whose = owner::unknown;
  bool dead = false;
};

struct state {
  std::map<int, session> sessions; ///< by descriptor
  cut where = cut::none;
  std::uint64_t countdown = 0, commits = 0;
  bool was_cut = false, down = false, disturbed = false;
};

state& now() {
  static state one;
  return one;
}

ssize_t raw_send(int fd, const void* data, std::size_t size, int flags) {
  return ::syscall(SYS_sendto, fd, data, size, flags, nullptr, 0);
}

ssize_t raw_recv(int fd, void* data, std::size_t size, int flags) {
  return ::syscall(SYS_recvfrom, fd, data, size, flags, nullptr, nullptr);
}

/// The first message of a session: length, then protocol 3.0, or a wish for encryption before it.
bool is_startup(std::string_view sent) {
  return sent.size() >= 8 && (std::memcmp(sent.data() + 4, "\0\3\0\0", 4) == 0 ||
                              std::memcmp(sent.data() + 4, "\x04\xd2\x16", 3) == 0);
}

bool has(std::string_view text, const char* what) {
  return text.find(what) != std::string_view::npos;
}

ssize_t kill(int fd, session& one) {
  one.dead = true;
  now().disturbed = true;
  ::shutdown(fd, SHUT_RDWR);
  errno = ECONNRESET;
  return -1;
}

void wait_for_answer(int fd) {
  pollfd waiting{fd, POLLIN, 0};
  while (::poll(&waiting, 1, -1) < 0 && errno == EINTR) {
  }
}

/// Whether a planned cut falls on this message.
bool falls_here(std::string_view sent, bool committing) {
  auto& s = now();
  if (s.where == cut::none || (s.where != cut::anywhere && !committing)) return false;
  // Statements are prepared once in a session, however many histories it serves: not counted.
  if (has(sent, "SET application_name") || sent.front() == 'P' || --s.countdown > 0) return false;
  s.was_cut = true;
  return true;
}

ssize_t send_as_store(int fd, session& one, std::string_view sent, int flags) {
  const bool committing = has(sent, "COMMIT");
  if (committing) ++now().commits;
  if (!falls_here(sent, committing)) return raw_send(fd, sent.data(), sent.size(), flags);
  if (std::exchange(now().where, cut::none) != cut::after_commit) return kill(fd, one);
  const auto size = raw_send(fd, sent.data(), sent.size(), flags);
  wait_for_answer(fd);
  kill(fd, one);
  return size;
}

} // namespace

void plan_cut(cut where, std::uint64_t countdown) {
  now().where = where;
  now().countdown = countdown;
  now().was_cut = false;
}

bool was_disturbed() {
  return std::exchange(now().disturbed, false);
}

bool take_cut() {
  return std::exchange(now().was_cut, false);
}

void set_down(bool down) {
  now().down = down;
  if (!down) return;
  for (auto& [fd, one] : now().sessions)
    if (one.whose == owner::process || one.whose == owner::store) kill(fd, one);
}

std::uint64_t commits() {
  return now().commits;
}

} // namespace ringmaster::simulation::wire

extern "C" ssize_t send(int fd, const void* data, std::size_t size, int flags) {
  using namespace ringmaster::simulation::wire;
  const std::string_view sent{static_cast<const char*>(data), size};
  auto& one = now().sessions[fd];
  if (is_startup(sent)) {
    one = session{};
    if (has(sent, observer_name)) one.whose = owner::observer;
  } else if (has(sent, "application_name = 'ringmaster store'")) {
    one.whose = owner::store;
  } else if (one.whose == owner::unknown && has(sent, "application_name = 'ringmaster")) {
    one.whose = owner::process;
  }
  if (one.whose == owner::observer) return raw_send(fd, data, size, flags);
  if (one.dead || now().down) return kill(fd, one);
  if (one.whose == owner::store) return send_as_store(fd, one, sent, flags);
  return raw_send(fd, data, size, flags);
}

extern "C" ssize_t recv(int fd, void* data, std::size_t size, int flags) {
  using namespace ringmaster::simulation::wire;
  const auto found = now().sessions.find(fd);
  if (found != now().sessions.end() && found->second.dead) return 0;
  return raw_recv(fd, data, size, flags);
}
