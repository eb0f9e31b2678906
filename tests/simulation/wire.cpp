#include "tests/simulation/wire.hpp"

#include "tests/simulation/backends.hpp"

#include <fcntl.h>
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
#include <utility>

namespace ringmaster::simulation::wire {

namespace {

enum class owner { unknown, observer, process, ownership, store };

struct session {
  owner whose = owner::unknown;
  bool dead = false;
  std::string address;      ///< set: connecting waits for the first message
  bool holds_begin = false; ///< BEGIN waits for the statement behind it
  std::string own_answer;   ///< what the process reads before anything of the server's
  std::size_t to_skip = 0;  ///< bytes of the server's answer to BEGIN
  char skipped_first = 0;   ///< the first of them, unless it says no
  bool waits_in_recv = false;
  backends::backend server;
};

using namespace std::string_view_literals;
constexpr auto begin = "Q\0\0\0\nBEGIN\0"sv;
constexpr auto terminate = "X\0\0\0\4"sv;
constexpr auto begun = "C\0\0\0\nBEGIN\0Z\0\0\0\5T"sv;

struct state {
  std::map<int, session> sessions; ///< by descriptor
  cut where = cut::none;
  std::uint64_t countdown = 0, commits = 0;
  bool was_cut = false, down = false, disturbed = false, keeps_sessions = false;
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

int raw_connect(int fd, const std::string& address) {
  return static_cast<int>(::syscall(SYS_connect, fd, address.data(), address.size()));
}

/// The first message of a session: length, then protocol 3.0, or a wish for encryption before it.
bool is_startup(std::string_view sent) {
  return sent.size() >= 8 && (std::memcmp(sent.data() + 4, "\0\3\0\0", 4) == 0 ||
                              std::memcmp(sent.data() + 4, "\x04\xd2\x16", 3) == 0);
}

bool has(std::string_view text, const char* what) {
  return text.find(what) != std::string_view::npos;
}

/// recv() will not be in vain, however long it takes.
bool can_be_read(const session& one) {
  return one.dead || !one.own_answer.empty() || (one.waits_in_recv && one.server.is_busy);
}

/// From its first own request on.
void wait_in_recv(int fd, session& one) {
  one.waits_in_recv = true;
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) & ~O_NONBLOCK);
}

bool may_be_kept(const session& one) {
  return now().keeps_sessions && one.whose != owner::observer && !one.server.startup.empty() &&
         one.server.is_greeted && one.to_skip == 0;
}

/// The process has it no more.
void take_away(int fd, session& one) {
  auto gone = std::exchange(one, session{});
  if (may_be_kept(gone))
    backends::keep(fd, std::move(gone.server));
  else
    ::shutdown(fd, SHUT_RDWR);
}

ssize_t kill(int fd, session& one) {
  const auto whose = one.whose;
  if (!one.dead) take_away(fd, one);
  one.whose = whose;
  one.dead = true;
  now().disturbed = true;
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
  one.own_answer = one.server.answer_prepared(sent, one.holds_begin ? 'T' : one.server.status);
  if (!one.own_answer.empty()) return static_cast<ssize_t>(sent.size());
  auto all = one.server.told(sent);
  std::string answer;
  if (one.holds_begin) {
    const auto [first, answered] = one.server.begin_before(all);
    all.insert(0, first);
    answer = answered;
  }
  for (std::size_t done = 0; done < all.size();) {
    const auto size = raw_send(fd, all.data() + done, all.size() - done, flags);
    if (size < 0 && errno != EAGAIN && errno != EINTR) return -1;
    if (size < 0)
      wait_for(fd, POLLOUT);
    else
      done += static_cast<std::size_t>(size);
  }
  if (std::exchange(one.holds_begin, false)) {
    one.to_skip = answer.size();
    one.skipped_first = answer.front();
  }
  return static_cast<ssize_t>(sent.size());
}

ssize_t take_leave(int fd, session& one, int flags) {
  if (!may_be_kept(one)) return pass_on(fd, one, terminate, flags);
  take_away(fd, one);
  return static_cast<ssize_t>(terminate.size());
}

ssize_t hold(session& one) {
  one.holds_begin = true;
  one.own_answer = begun;
  return static_cast<ssize_t>(begin.size());
}

ssize_t read_own_answer(session& one, char* data, std::size_t size) {
  const auto length = std::min(size, one.own_answer.size());
  std::memcpy(data, one.own_answer.data(), length);
  one.own_answer.erase(0, length);
  return static_cast<ssize_t>(length);
}

/// What the server says to the BEGIN has been said; unless it says no.
ssize_t skip_its_answer(session& one, char* data, ssize_t size) {
  if (size <= 0) return size;
  const auto first = std::exchange(one.skipped_first, '\0');
  if (first != '\0' && *data != first) one.to_skip = 0;
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
  // Statements are prepared once in a session, however many histories it serves, and planned anew
  // by the time on the wall: not counted.
  if (has(sent, "SET application_name") || has(sent, "DISCARD PLANS") || sent.front() == 'P' ||
      --s.countdown > 0)
    return false;
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

/// Of what may be kept: connects only now that it is known what is wanted.
bool begin_session(int fd, session& one, std::string_view sent) {
  const auto address = std::exchange(one, session{}).address;
  if (has(sent, observer_name)) {
    one.whose = owner::observer;
    wait_in_recv(fd, one);
  }
  if (address.empty()) return true;
  if (now().down && one.whose != owner::observer) return true; // it will be killed
  if (backends::give(fd, sent, one.server)) {
    one.own_answer = one.server.greeting;
    wait_in_recv(fd, one);
    return false;
  }
  one.server.startup = sent;
  while (raw_connect(fd, address) != 0)
    if (errno != EAGAIN && errno != EINTR) return true;
  return true;
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
    if (!one.dead && one.whose != owner::observer && one.whose != owner::unknown) kill(fd, one);
}

void break_ownership() {
  for (auto& [fd, one] : now().sessions)
    if (!one.dead && one.whose == owner::ownership) kill(fd, one);
}

void keep_sessions() {
  now().keeps_sessions = true;
}

std::string named(const std::string& url, const char* name) {
  return url + (url.find('?') == std::string::npos ? "?" : "&") + "application_name=" + name;
}

std::uint64_t commits() {
  return now().commits;
}

} // namespace ringmaster::simulation::wire

// PostgreSQL's socket alone is spoken to in this way.
extern "C" int connect(int fd, const sockaddr* address, socklen_t size) {
  using namespace ringmaster::simulation::wire;
  const std::string bytes{reinterpret_cast<const char*>(address), size};
  auto& one = now().sessions[fd] = session{};
  if (address->sa_family != AF_UNIX) return raw_connect(fd, bytes);
  one.address = bytes;
  return 0;
}

extern "C" ssize_t send(int fd, const void* data, std::size_t size, int flags) {
  using namespace ringmaster::simulation::wire;
  const std::string_view sent{static_cast<const char*>(data), size};
  auto& one = now().sessions[fd];
  if (is_startup(sent)) {
    if (!begin_session(fd, one, sent)) return static_cast<ssize_t>(size);
  } else if (one.whose == owner::unknown && has(sent, "application_name = 'ringmaster")) {
    one.whose = has(sent, "'ringmaster store'")       ? owner::store
                : has(sent, "'ringmaster ownership'") ? owner::ownership
                                                      : owner::process;
    wait_in_recv(fd, one);
  }
  const bool may_be_cut = one.whose != owner::observer;
  if (may_be_cut && (one.dead || now().down)) return kill(fd, one);
  if (sent == terminate) return take_leave(fd, one, flags);
  if (one.whose == owner::store) return send_as_store(fd, one, sent, flags);
  return sent == begin ? hold(one) : pass_on(fd, one, sent, flags);
}

extern "C" ssize_t recv(int fd, void* data, std::size_t size, int flags) {
  using namespace ringmaster::simulation::wire;
  const auto found = now().sessions.find(fd);
  if (found == now().sessions.end()) return raw_recv(fd, data, size, flags);
  auto& one = found->second;
  if (one.dead) return 0;
  auto* bytes = static_cast<char*>(data);
  if (!one.own_answer.empty()) return read_own_answer(one, bytes, size);
  // One system call instead of two: whoever waits for an answer waits here, not in poll().
  if (one.waits_in_recv) flags |= one.server.is_busy ? 0 : MSG_DONTWAIT;
  auto got = raw_recv(fd, data, size, flags);
  if (one.to_skip > 0) got = skip_its_answer(one, bytes, got);
  if (got > 0) one.server.heard({bytes, static_cast<std::size_t>(got)});
  return got;
}

// The C library declares that poll() only writes there; it reads `events`.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
extern "C" int poll(pollfd* which, nfds_t count, int timeout_ms) {
  using namespace ringmaster::simulation::wire;
  if (count == 1 && (which->events & POLLIN) != 0) {
    const auto found = now().sessions.find(which->fd);
    if (found != now().sessions.end() && can_be_read(found->second)) {
      which->revents = POLLIN;
      return 1;
    }
  }
  return raw_poll(which, count, timeout_ms);
}
#pragma GCC diagnostic pop
