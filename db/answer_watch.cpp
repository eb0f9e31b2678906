#include "db/answer_watch.hpp"

#include <algorithm>
#include <condition_variable>
#include <fcntl.h>
#include <mutex>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <unordered_map>

namespace ringmaster::db {

namespace {

using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds pace{200};

/// Since the peer last sent anything. None: not TCP.
std::optional<milliseconds> silence_of(int socket) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return std::nullopt;
  return milliseconds{info.tcpi_last_data_recv};
}

class watch {
public:
  static watch& instance() {
    static watch one;
    return one;
  }

  std::size_t add(int socket, milliseconds limit) {
    const std::lock_guard lock(guard_);
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
    waiting_.emplace(++last_, line{socket, limit, clock::now()});
    return last_;
  }
  void remove(std::size_t place) {
    const std::lock_guard lock(guard_);
    waiting_.erase(place);
  }
  void hurry(milliseconds most) {
    const std::lock_guard lock(guard_);
    most_ = most;
  }

private:
  struct line {
    int socket;
    milliseconds limit;
    clock::time_point since;
  };

  ~watch() {
    {
      const std::lock_guard lock(guard_);
      ending_ = true;
    }
    ended_.notify_all();
    if (thread_.joinable()) thread_.join();
  }
  void run() {
    std::unique_lock lock(guard_);
    while (!ended_.wait_for(lock, pace, [this] { return ending_; }))
      look();
  }
  void look() {
    const auto now = clock::now();
    for (const auto& [place, each] : waiting_) {
      const auto limit = std::min(each.limit, most_);
      if (now - each.since <= limit) continue;
      // The answers to earlier statements of the same transaction count.
      const auto silence = silence_of(each.socket);
      if (silence && *silence > limit) shutdown(each.socket, SHUT_RDWR);
    }
  }

  std::mutex guard_;
  std::condition_variable ended_;
  std::unordered_map<std::size_t, line> waiting_;
  std::size_t last_ = 0;
  milliseconds most_ = milliseconds::max();
  bool ending_ = false;
  std::thread thread_;
};

} // namespace

void socket_name::name(int socket) {
  close();
  fd_ = fcntl(socket, F_DUPFD_CLOEXEC, 0);
}

void socket_name::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

answer_guard::answer_guard(const socket_name& socket, milliseconds limit)
    : place_(watch::instance().add(socket.get(), limit)) {}

answer_guard::~answer_guard() {
  watch::instance().remove(place_);
}

void hurry_answers(milliseconds most) {
  watch::instance().hurry(most);
}

} // namespace ringmaster::db
