#include "net/console/client.hpp"

#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace ringmaster::net::console {

namespace {

failure no_server(const std::string& path, const std::string& why) {
  return {failure_kind::unavailable, "no_server",
          "no server listens at " + path + " (" + why +
              "). Is it running, by this user, in this folder? --socket says another path.",
          ""};
}

bool send_all(int to, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

} // namespace

client::~client() {
  close();
}

void client::close() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

result<done> client::connect(const std::string& path) {
  close();
  reader_ = frame_reader{largest_answer};
  sockaddr_un where{};
  where.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof where.sun_path)
    return no_server(path, "the path is empty or too long");
  std::memcpy(where.sun_path, path.c_str(), path.size() + 1);
  socket_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return no_server(path, std::strerror(errno));
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0) {
    const std::string why = std::strerror(errno);
    close();
    return no_server(path, why);
  }
  return done{};
}

failure client::lost(const std::string& what) {
  close();
  return {failure_kind::unknown, "connection_lost",
          what + "; what was asked may have been done: look before asking again", ""};
}

result<json> client::receive() {
  for (;;) {
    if (auto payload = reader_.next()) {
      auto answer = json::parse(*payload, nullptr, false);
      if (!answer.is_object()) return lost("the server's answer can't be read");
      return answer;
    }
    if (reader_.broken()) return lost("the server's answer can't be read");
    char bytes[16 * 1024];
    const auto got = ::recv(socket_, bytes, sizeof bytes, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return lost("the server ended the connection");
    reader_.feed({bytes, static_cast<std::size_t>(got)});
  }
}

result<json> client::ask(const std::vector<std::string>& words, const std::string& confirm,
                         const std::function<bool(const json&)>& heard) {
  json request{{"version", protocol_version}, {"command", words}};
  if (!confirm.empty()) request["confirm"] = confirm;
  if (!send_all(socket_, frame_of(request.dump(-1, ' ', false, json::error_handler_t::replace))))
    return lost("the server ended the connection");
  for (;;) {
    auto answer = receive();
    if (!answer || !answer->contains("event")) return answer;
    if (heard && heard(*answer)) continue;
    close();
    return json{{"ok", true}, {"result", nullptr}};
  }
}

} // namespace ringmaster::net::console
