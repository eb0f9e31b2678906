#include "tests/support/database_proxy.hpp"

#include "tests/support/database.hpp"

#include <libpq-fe.h>

#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <map>
#include <stdexcept>
#include <vector>

namespace ringmaster::test {

namespace {

void require(bool ok, const char* what) {
  if (!ok) throw std::runtime_error(std::string{"the database proxy: "} + what);
}

bool send_all(int to, const char* data, std::size_t size) {
  while (size > 0) {
    const auto sent = ::send(to, data, size, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    data += sent;
    size -= static_cast<std::size_t>(sent);
  }
  return true;
}

// What a URL says, with what libpq adds to it: host, port, dbname, user, password.
std::map<std::string, std::string> parts_of(const std::string& url) {
  std::map<std::string, std::string> parts;
  for (auto* each : {PQconndefaults(), PQconninfoParse(url.c_str(), nullptr)}) {
    require(each != nullptr, "not a database URL");
    for (auto* option = each; option->keyword != nullptr; ++option)
      if (option->val != nullptr) parts[option->keyword] = option->val;
    PQconninfoFree(each);
  }
  return parts;
}

} // namespace

database_proxy::database_proxy(const std::string& url) {
  auto parts = parts_of(url);
  upstream_host_ = parts["host"];
  upstream_port_ = parts["port"];
  listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto size = static_cast<socklen_t>(sizeof address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  require(::bind(listener_, generic, size) == 0, "bind");
  require(::listen(listener_, 16) == 0, "listen");
  require(::getsockname(listener_, generic, &size) == 0, "getsockname");
  url_ = "host=127.0.0.1 port=" + std::to_string(ntohs(address.sin_port)) + " sslmode=disable";
  for (const auto* kept : {"dbname", "user", "password"})
    if (!parts[kept].empty()) url_ += std::string{" "} + kept + "=" + parts[kept];
  thread_ = std::thread{[this] { serve(); }};
}

database_proxy::~database_proxy() {
  ending_ = true;
  thread_.join();
  ::close(listener_);
}

int database_proxy::connect_upstream() const {
  if (upstream_host_.empty() || upstream_host_.front() == '/') {
    const auto folder = upstream_host_.empty() ? "/var/run/postgresql" : upstream_host_;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto path = folder + "/.s.PGSQL." + upstream_port_;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    const int server = ::socket(AF_UNIX, SOCK_STREAM, 0);
    if (::connect(server, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0)
      return server;
    ::close(server);
    return -1;
  }
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  if (::getaddrinfo(upstream_host_.c_str(), upstream_port_.c_str(), &hints, &found) != 0) return -1;
  int server = ::socket(found->ai_family, SOCK_STREAM, 0);
  if (::connect(server, found->ai_addr, found->ai_addrlen) != 0) {
    ::close(server);
    server = -1;
  }
  ::freeaddrinfo(found);
  return server;
}

// One connection after the other: a store has only one.
void database_proxy::serve() {
  while (!ending_) {
    pollfd waiting{listener_, POLLIN, 0};
    if (::poll(&waiting, 1, 20) <= 0) continue;
    const int client = ::accept(listener_, nullptr, nullptr);
    const int server = connect_upstream();
    if (client >= 0 && server >= 0) pass(client, server);
    if (server >= 0) ::close(server);
    if (client >= 0) ::close(client);
  }
}

void database_proxy::pass(int client, int server) {
  std::vector<char> buffer(1 << 16);
  bool drop_answer = false;
  while (!ending_) {
    pollfd both[2] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
    if (still_) {
      pollfd gone{client, 0, 0}; // only whether the client has hung up
      if (::poll(&gone, 1, 20) > 0) return;
      continue;
    }
    if (::poll(both, 2, 20) <= 0) continue;
    if (both[0].revents != 0) {
      const auto size = ::recv(client, buffer.data(), buffer.size(), 0);
      if (size <= 0) return;
      const std::string_view sent{buffer.data(), static_cast<std::size_t>(size)};
      if (when_ != cut::never && sent.find("COMMIT") != std::string_view::npos) {
        const auto when = when_.exchange(cut::never);
        if (when == cut::before_commit) return;
        drop_answer = true;
      }
      if (!send_all(server, buffer.data(), sent.size())) return;
    }
    if (both[1].revents != 0) {
      const auto size = ::recv(server, buffer.data(), buffer.size(), 0);
      if (size <= 0 || drop_answer) return;
      if (!send_all(client, buffer.data(), static_cast<std::size_t>(size))) return;
    }
  }
}

} // namespace ringmaster::test
