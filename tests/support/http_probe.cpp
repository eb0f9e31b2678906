#include "tests/support/http_probe.hpp"

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace ringmaster::probe {

namespace {

constexpr int longest_wait_ms = 60'000; // a large import under the sanitizers, on a busy machine

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool wait_for(int socket, short events, int milliseconds) {
  pollfd entry{socket, events, 0};
  for (;;) {
    int ready = poll(&entry, 1, milliseconds);
    if (ready >= 0) return ready > 0;
    if (errno != EINTR) fail("poll");
  }
}

int listen_on_free_port(std::uint16_t& port, int backlog = 128) {
  int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto address = loopback(0);
  socklen_t size = sizeof address;
  if (socket < 0 || bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      listen(socket, backlog) != 0 ||
      getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    fail("listen");
  port = ntohs(address.sin_port);
  return socket;
}

/// Splits a head into its first line and headers.
std::string split_head(const std::string& head, net::header_list& headers) {
  auto end = head.find("\r\n");
  std::string first = head.substr(0, end);
  for (auto begin = end + 2; begin < head.size(); begin = end + 2) {
    end = head.find("\r\n", begin);
    auto line = head.substr(begin, end - begin);
    auto colon = line.find(':');
    if (line.empty() || colon == std::string::npos) break;
    auto value = line.find_first_not_of(' ', colon + 1);
    headers.emplace_back(line.substr(0, colon),
                         value == std::string::npos ? "" : line.substr(value));
  }
  return first;
}

} // namespace

std::string raw_response::header(std::string_view name) const {
  auto found = net::find_header(headers, name);
  return found ? *found : "";
}

raw_connection::raw_connection(std::uint16_t port, int receive_buffer) {
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket_ < 0) fail("socket");
  if (receive_buffer > 0)
    setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  auto address = loopback(port);
  if (connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fail("connect");
  int on = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

raw_connection raw_connection::adopt(int socket) {
  raw_connection out;
  out.socket_ = socket;
  return out;
}

raw_connection::raw_connection(raw_connection&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), in_(std::move(other.in_)) {}

raw_connection::~raw_connection() {
  close();
}

bool raw_connection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    if (!wait_for(socket_, POLLOUT, longest_wait_ms))
      throw std::runtime_error("the other side takes nothing");
    auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (sent < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool raw_connection::send_byte_by_byte(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [this](char byte) { return send({&byte, 1}); });
}

bool raw_connection::fill() {
  if (!readable_within(longest_wait_ms)) throw std::runtime_error("nothing came in time");
  char buffer[65536];
  auto size = recv(socket_, buffer, sizeof buffer, 0);
  if (size <= 0) return false;
  in_.append(buffer, static_cast<std::size_t>(size));
  return true;
}

std::string raw_connection::read_some(std::size_t most) {
  if (in_.empty()) {
    if (!readable_within(longest_wait_ms)) throw std::runtime_error("nothing came in time");
    std::string out(most, '\0');
    auto size = recv(socket_, out.data(), out.size(), 0);
    out.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return out;
  }
  auto out = in_.substr(0, most);
  in_.erase(0, out.size());
  return out;
}

std::string raw_connection::read_to_end() {
  while (fill()) {
  }
  return std::exchange(in_, {});
}

std::optional<std::string> raw_connection::take_head() {
  std::size_t end;
  while ((end = in_.find("\r\n\r\n")) == std::string::npos)
    if (!fill()) return std::nullopt;
  auto head = in_.substr(0, end + 4);
  in_.erase(0, end + 4);
  return head;
}

bool raw_connection::take_bytes(std::size_t size, std::string& out) {
  while (in_.size() < size)
    if (!fill()) return false;
  out.append(in_, 0, size);
  in_.erase(0, size);
  return true;
}

bool raw_connection::take_chunks(std::string& out) {
  for (;;) {
    std::size_t end;
    while ((end = in_.find("\r\n")) == std::string::npos)
      if (!fill()) return false;
    auto size = std::stoul(in_.substr(0, end), nullptr, 16);
    in_.erase(0, end + 2);
    std::string line_end;
    if (!take_bytes(size, out) || !take_bytes(2, line_end)) return false;
    if (size == 0) return true;
  }
}

std::optional<raw_response> raw_connection::read_response(bool to_head) {
  auto head = take_head();
  if (!head) return std::nullopt;
  raw_response out;
  out.status_line = split_head(*head, out.headers);
  out.status = std::stoi(out.status_line.substr(9, 3));
  if (to_head || out.status < 200 || out.status == 204 || out.status == 304) return out;
  auto length = net::find_header(out.headers, "Content-Length");
  bool whole = true;
  if (length)
    whole = take_bytes(std::stoul(*length), out.body);
  else if (out.header("Transfer-Encoding") == "chunked")
    whole = take_chunks(out.body);
  else
    out.body = read_to_end();
  return whole ? std::optional(out) : std::nullopt;
}

std::optional<raw_request> raw_connection::read_request() {
  auto head = take_head();
  if (!head) return std::nullopt;
  raw_request out;
  out.request_line = split_head(*head, out.headers);
  auto length = net::find_header(out.headers, "Content-Length");
  if (length && !take_bytes(std::stoul(*length), out.body)) return std::nullopt;
  return out;
}

bool raw_connection::is_closed() {
  return in_.empty() && !fill();
}

bool raw_connection::readable_within(int milliseconds) {
  return wait_for(socket_, POLLIN, milliseconds);
}

void raw_connection::finish_sending() {
  shutdown(socket_, SHUT_WR);
}

void raw_connection::close() {
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
}

void raw_connection::reset() {
  linger at_once{1, 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

raw_server::raw_server(script run) : run_(std::move(run)) {
  socket_ = listen_on_free_port(port_);
  acceptor_ = std::thread([this] { accept_all(); });
}

raw_server::~raw_server() {
  ending_ = true;
  acceptor_.join();
  ::close(socket_);
  for (auto& each : scripts_)
    each.join();
}

std::string raw_server::url() const {
  return "http://127.0.0.1:" + std::to_string(port_);
}

void raw_server::accept_all() {
  constexpr int look_ms = 20;
  while (!ending_) {
    if (!wait_for(socket_, POLLIN, look_ms)) continue;
    int accepted = accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
    if (accepted < 0) continue;
    int number = connections_++;
    scripts_.emplace_back([this, accepted, number] {
      auto connection = raw_connection::adopt(accepted);
      run_(connection, number);
    });
  }
}

deaf_port::deaf_port() {
  sockets_.push_back(listen_on_free_port(port_, 0));
  constexpr int more_than_fit = 4;
  for (int i = 0; i < more_than_fit; ++i) {
    int filler = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    auto address = loopback(port_);
    if (filler < 0) fail("socket");
    sockets_.push_back(filler);
    if (connect(filler, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 &&
        errno != EINPROGRESS)
      fail("connect");
    wait_for(filler, POLLOUT, 50);
  }
}

deaf_port::~deaf_port() {
  for (int socket : sockets_)
    ::close(socket);
}

std::uint16_t unused_port() {
  std::uint16_t port = 0;
  ::close(listen_on_free_port(port));
  return port;
}

} // namespace ringmaster::probe
