#include "tests/simulation/wire.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <string>
#include <string_view>

namespace ringmaster::simulation::wire {

namespace {

enum class owner { unknown, observer, process, ownership, store };

struct session {
  owner whose = owner::unknown;
  bool dead = false;
  bool holds_begin = false; ///< BEGIN waits for the statement behind it
  std::size_t to_read = 0;  ///< bytes of our own answer to it
  std::size_t to_skip = 0;  ///< bytes of the server's
};

using namespace std::string_view_literals;
constexpr auto begin = "Q\0\0\0\nBEGIN\0"sv;
constexpr auto begun = "C\0\0\0\nBEGIN\0Z\0\0\0\5T"sv;

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
  const auto whose = one.whose;
  one = session{};
  one.whose = whose;
  one.dead = true;
  now().disturbed = true;
  ::shutdown(fd, SHUT_RDWR);
  errno = ECONNRESET;
  return -1;
}

int raw_poll(pollfd* which, nfds_t count, int timeout_ms) {
  return static_cast<int>(::syscall(SYS_poll, which, count, timeout_ms));
}

void wait_for(int fd, short event) {
  pollfd waiting{fd, event, 0};
  while (raw_poll(&waiting, 1, -1) < 0 && errno == EINTR) {
  }
}

/// With the BEGIN that waits, whole.
ssize_t pass_on(int fd, session& one, std::string_view sent, int flags) {
  if (!one.holds_begin) return raw_send(fd, sent.data(), sent.size(), flags);
  const auto both = std::string{begin}.append(sent);
  for (std::size_t done = 0; done < both.size();) {
    const auto size = raw_send(fd, both.data() + done, both.size() - done, flags);
    if (size < 0 && errno != EAGAIN && errno != EINTR) return -1;
    if (size < 0)
      wait_for(fd, POLLOUT);
    else
      done += static_cast<std::size_t>(size);
  }
  one.holds_begin = false;
  one.to_skip = begun.size();
  return static_cast<ssize_t>(sent.size());
}

ssize_t hold(session& one) {
  one.holds_begin = true;
  one.to_read = begun.size();
  return static_cast<ssize_t>(begin.size());
}

ssize_t read_own_answer(session& one, char* data, std::size_t size) {
  const auto length = std::min(size, one.to_read);
  std::memcpy(data, begun.data() + (begun.size() - one.to_read), length);
  one.to_read -= length;
  return static_cast<ssize_t>(length);
}

/// What the server says to the BEGIN has been said; unless it says no.
ssize_t skip_its_answer(session& one, char* data, ssize_t size) {
  if (size <= 0) return size;
  if (one.to_skip == begun.size() && *data != 'C') one.to_skip = 0;
  const auto skipped = std::min(static_cast<std::size_t>(size), one.to_skip);
  one.to_skip -= skipped;
  const auto left = static_cast<std::size_t>(size) - skipped;
  std::memmove(data, data + skipped, left);
  if (left > 0) return static_cast<ssize_t>(left);
  errno = EAGAIN;
  return -1;
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
  if (!falls_here(sent, committing))
    return sent == begin ? hold(one) : pass_on(fd, one, sent, flags);
  if (std::exchange(now().where, cut::none) != cut::after_commit) return kill(fd, one);
  const auto size = pass_on(fd, one, sent, flags);
  wait_for(fd, POLLIN);
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
    if (one.whose != owner::observer && one.whose != owner::unknown) kill(fd, one);
}

void break_ownership() {
  for (auto& [fd, one] : now().sessions)
    if (one.whose == owner::ownership) kill(fd, one);
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
  } else if (has(sent, "application_name = 'ringmaster ownership'")) {
    one.whose = owner::ownership;
  } else if (one.whose == owner::unknown && has(sent, "application_name = 'ringmaster")) {
    one.whose = owner::process;
  }
  if (one.whose == owner::observer) return raw_send(fd, data, size, flags);
  if (one.dead || now().down) return kill(fd, one);
  if (one.whose == owner::store) return send_as_store(fd, one, sent, flags);
  return sent == begin ? hold(one) : pass_on(fd, one, sent, flags);
}

extern "C" ssize_t recv(int fd, void* data, std::size_t size, int flags) {
  using namespace ringmaster::simulation::wire;
  const auto found = now().sessions.find(fd);
  if (found == now().sessions.end()) return raw_recv(fd, data, size, flags);
  auto& one = found->second;
  if (one.dead) return 0;
  if (one.to_read > 0) return read_own_answer(one, static_cast<char*>(data), size);
  const auto got = raw_recv(fd, data, size, flags);
  return one.to_skip > 0 ? skip_its_answer(one, static_cast<char*>(data), got) : got;
}

// The C library declares that poll() only writes there; it reads `events`.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
extern "C" int poll(pollfd* which, nfds_t count, int timeout_ms) {
  using namespace ringmaster::simulation::wire;
  if (count == 1 && (which->events & POLLIN) != 0) {
    const auto found = now().sessions.find(which->fd);
    if (found != now().sessions.end() && found->second.to_read > 0) {
      which->revents = POLLIN;
      return 1;
    }
  }
  return raw_poll(which, count, timeout_ms);
}
#pragma GCC diagnostic pop
