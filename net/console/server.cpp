#include "net/console/server.hpp"

#include "net/console/frame.hpp"

#include <spdlog/spdlog.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>

namespace ringmaster::net::console {

namespace {

using std::chrono::milliseconds;

failure cannot_listen(const std::string& path, const std::string& why) {
  return {failure_kind::unavailable, "console_closed",
          "the console can't listen at " + path + ": " + why, ""};
}

json refusal(const std::string& code, const std::string& message) {
  return {{"ok", false}, {"error", {{"code", code}, {"message", message}, {"field", nullptr}}}};
}

sockaddr_un address_of(const std::string& path) {
  sockaddr_un where{};
  where.sun_family = AF_UNIX;
  std::memcpy(where.sun_path, path.c_str(), path.size() + 1);
  return where;
}

/// Whether somebody serves there.
bool answers(const sockaddr_un& where) {
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (probe < 0) return false;
  const bool yes = ::connect(probe, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0 ||
                   errno == EAGAIN;
  ::close(probe);
  return yes;
}

} // namespace

server::server(server_settings settings, answer_fn answer, std::shared_ptr<spdlog::logger> log)
    : settings_(std::move(settings)), answer_(std::move(answer)), log_(std::move(log)) {}

server::~server() {
  stop();
}

result<done> server::start() {
  if (auto open = listen(); !open) {
    if (listener_ >= 0) ::close(std::exchange(listener_, -1));
    return open;
  }
  stop_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (stop_ < 0) return cannot_listen(settings_.path, std::strerror(errno));
  acceptor_ = std::thread([this] { accept_loop(); });
  return done{};
}

result<done> server::listen() {
  const auto& path = settings_.path;
  const auto where_fits = path.size() < sizeof(sockaddr_un::sun_path);
  if (path.empty() || !where_fits) return cannot_listen(path, "the path is empty or too long");
  const auto folder = std::filesystem::path(path).parent_path();
  std::error_code trouble;
  if (!folder.empty() && std::filesystem::create_directories(folder, trouble))
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, trouble);
  const auto where = address_of(path);
  if (answers(where)) return cannot_listen(path, "another server has it");
  struct stat old {};
  if (::lstat(path.c_str(), &old) == 0) {
    if (!S_ISSOCK(old.st_mode)) return cannot_listen(path, "there is a file that is no socket");
    ::unlink(path.c_str());
  }
  listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (listener_ < 0) return cannot_listen(path, std::strerror(errno));
  // Until listen() nobody can connect, so nobody comes before the mode is right.
  struct stat made {};
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0 ||
      ::chmod(path.c_str(), 0600) != 0 || ::lstat(path.c_str(), &made) != 0 ||
      ::listen(listener_, 8) != 0)
    return cannot_listen(path, std::strerror(errno));
  device_ = made.st_dev;
  inode_ = made.st_ino;
  return done{};
}

void server::stop() {
  if (stopping_.exchange(true)) return;
  if (stop_ >= 0) ::eventfd_write(stop_, 1);
  if (acceptor_.joinable()) acceptor_.join();
  {
    const std::lock_guard lock(guard_);
    // Nothing more is read; the answer to what is under way ("drain") still goes out.
    for (auto& one : connections_)
      ::shutdown(one.socket, SHUT_RD);
  }
  for (auto& one : connections_) {
    one.thread.join();
    ::close(one.socket);
  }
  connections_.clear();
  if (listener_ >= 0) {
    ::close(listener_);
    // Another server may have put its own there meanwhile.
    struct stat now {};
    if (::lstat(settings_.path.c_str(), &now) == 0 && now.st_dev == device_ && now.st_ino == inode_)
      ::unlink(settings_.path.c_str());
  }
  if (stop_ >= 0) ::close(stop_);
  listener_ = stop_ = -1;
}

/// False: the server stops, or the time is over with nothing to read.
bool server::wait(int socket, milliseconds limit, bool& readable) {
  pollfd both[2] = {{socket, POLLIN, 0}, {stop_, POLLIN, 0}};
  const int got = ::poll(both, 2, static_cast<int>(limit.count()));
  readable = got > 0 && (both[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0;
  return !stopping_ && (got >= 0 || errno == EINTR) && (both[1].revents & POLLIN) == 0;
}

void server::accept_loop() {
  for (bool readable = false; wait(listener_, milliseconds{1'000}, readable);) {
    sweep();
    if (!readable) continue;
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket >= 0)
      admit(socket);
    else if (!wait(-1, milliseconds{100}, readable))
      return; // else it is tried again: no descriptors are left, say, and whoever knocks goes on
  }
}

void server::admit(int socket) {
  ucred who{};
  socklen_t size = sizeof who;
  const bool known = ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0;
  if (!known || (who.uid != ::geteuid() && who.uid != 0)) {
    log_->warn("[Console] Refused a connection of uid={} pid={}", who.uid, who.pid);
    ::close(socket);
    return;
  }
  const timeval patience{settings_.patience.count() / 1000, 0};
  ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  const std::lock_guard lock(guard_);
  if (connections_.size() >= settings_.most_connections) {
    const auto busy = frame_of(refusal("busy", "too many consoles are open").dump());
    ::send(socket, busy.data(), busy.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    ::close(socket);
    return;
  }
  auto& one = connections_.emplace_back();
  one.socket = socket;
  try {
    one.thread = std::thread([this, &one, who] {
      serve(one, {who.uid, who.pid});
      // The other end learns it now, not at the next sweep.
      ::shutdown(one.socket, SHUT_RDWR);
      one.over = true;
    });
  } catch (const std::system_error& none) {
    log_->error("[Console] There is no thread for a console: {}", none.what());
    ::close(socket);
    connections_.pop_back();
  }
}

/// Connections whose other end has gone.
void server::sweep() {
  const std::lock_guard lock(guard_);
  for (auto it = connections_.begin(); it != connections_.end();) {
    if (!it->over) {
      ++it;
      continue;
    }
    it->thread.join();
    ::close(it->socket);
    it = connections_.erase(it);
  }
}

void server::serve(connection& one, peer who) {
  frame_reader reader{largest_request};
  for (bool readable = false;;) {
    // Between commands a person may think for as long as they like; within one they don't.
    const auto limit = reader.in_frame() ? settings_.patience : milliseconds{3'600'000};
    if (!wait(one.socket, limit, readable) || (!readable && reader.in_frame())) return;
    if (!readable) continue;
    char bytes[4096];
    const auto got = ::recv(one.socket, bytes, sizeof bytes, 0);
    if (got <= 0) return;
    reader.feed({bytes, static_cast<std::size_t>(got)});
    while (auto payload = reader.next())
      if (!send(one, answer_to(one, *payload, who))) return;
    if (reader.broken()) {
      send(one, refusal("too_large",
                        "a request has from 1 to " + std::to_string(largest_request) + " bytes"));
      return;
    }
  }
}

json server::answer_to(connection& one, const std::string& payload, peer who) {
  const auto asked = json::parse(payload, nullptr, false);
  if (!asked.is_object() || !asked.contains("version") || !asked.contains("command"))
    return refusal("malformed", "a request is a JSON object with version and command");
  if (asked["version"] != protocol_version)
    return refusal("version", "this server speaks version " + std::to_string(protocol_version));
  request wish;
  wish.who = who;
  if (!asked["command"].is_array()) return refusal("malformed", "command is a list of words");
  for (const auto& word : asked["command"]) {
    if (!word.is_string()) return refusal("malformed", "command is a list of words");
    wish.words.push_back(word.get<std::string>());
  }
  if (asked.contains("confirm") && asked["confirm"].is_string())
    wish.confirm = asked["confirm"].get<std::string>();
  wish.event = [this, &one](const json& event) { return send(one, event); };
  wish.over = [this, &one](milliseconds limit) {
    bool readable = false;
    return !wait(one.socket, limit, readable) || readable;
  };
  try {
    return answer_(wish);
  } catch (const std::exception& defect) {
    log_->error("[Console] A command broke: {}", defect.what());
    return refusal("internal", "a defect of the server stopped this command; see its log");
  }
}

bool server::send(connection& one, const json& what) {
  json whole{{"version", protocol_version}};
  whole.update(what);
  auto text = whole.dump(-1, ' ', false, json::error_handler_t::replace);
  if (text.size() > largest_answer)
    text = json{{"version", protocol_version},
                {"ok", false},
                {"error", {{"code", "too_large"}, {"message", "the answer is too large"}}}}
               .dump();
  auto frame = frame_of(text);
  for (std::string_view left = frame; !left.empty();) {
    const auto sent = ::send(one.socket, left.data(), left.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    left.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

} // namespace ringmaster::net::console
