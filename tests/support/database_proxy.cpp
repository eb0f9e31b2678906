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

void database_proxy::serve() {
  std::vector<link> links;
  while (!ending_) {
    if (frozen_) {
      ::poll(nullptr, 0, 5);
      continue;
    }
    std::vector<pollfd> watched{{listener_, POLLIN, 0}};
    for (const auto& each : links) {
      watched.push_back({each.client, POLLIN, 0});
      watched.push_back({each.server, POLLIN, 0});
    }
    if (::poll(watched.data(), watched.size(), 20) <= 0 || frozen_) continue;
    std::vector<link> kept;
    for (std::size_t i = 0; i < links.size(); ++i) {
      const bool from_client = watched[2 * i + 1].revents != 0;
      const bool from_server = watched[2 * i + 2].revents != 0;
      if (pass(links[i], from_client, from_server))
        kept.push_back(links[i]);
      else
        close(links[i]);
    }
    links = std::move(kept);
    if (watched[0].revents == 0) continue;
    const link fresh{::accept(listener_, nullptr, nullptr), connect_upstream(), false};
    if (fresh.client >= 0 && fresh.server >= 0)
      links.push_back(fresh);
    else
      close(fresh);
  }
  for (const auto& each : links)
    close(each);
}

void database_proxy::close(const link& ended) {
  if (ended.server >= 0) ::close(ended.server);
  if (ended.client >= 0) ::close(ended.client);
}

/// False: this connection is over.
bool database_proxy::pass(link& between, bool from_client, bool from_server) {
  std::vector<char> buffer(1 << 16);
  if (from_client) {
    const auto size = ::recv(between.client, buffer.data(), buffer.size(), 0);
    if (size <= 0) return false;
    const std::string_view sent{buffer.data(), static_cast<std::size_t>(size)};
    if (when_ != cut::never && sent.find("COMMIT") != std::string_view::npos) {
      const auto when = when_.exchange(cut::never);
      if (when == cut::before_commit) return false;
      between.drop_answer = true;
    }
    if (!send_all(between.server, buffer.data(), sent.size())) return false;
  }
  if (from_server) {
    const auto size = ::recv(between.server, buffer.data(), buffer.size(), 0);
    if (size <= 0 || between.drop_answer) return false;
    if (!send_all(between.client, buffer.data(), static_cast<std::size_t>(size))) return false;
  }
  return true;
}

} // namespace ringmaster::test
