#include "tests/twilio/raw_http.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace ringmaster::tests {
namespace {

class connection {
public:
  explicit connection(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const timeval patience{30, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    open_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  ~connection() { ::close(socket_); }
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  bool write(std::string_view text) {
    while (open_ && !text.empty()) {
      const auto written = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      if (written <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(written));
    }
    return open_;
  }

  std::string read_to_end() {
    std::string text;
    std::array<char, 4096> part{};
    for (;;) {
      const auto size = ::recv(socket_, part.data(), part.size(), 0);
      if (size <= 0) return text;
      text.append(part.data(), static_cast<std::size_t>(size));
    }
  }

private:
  int socket_;
  bool open_ = false;
};

} // namespace

raw_answer send_raw(std::uint16_t port, const std::string& method, const std::string& target,
                    const net::header_list& headers, const std::string& body) {
  auto request = method + " " + target + " HTTP/1.1\r\nConnection: close\r\n";
  for (const auto& [name, value] : headers)
    request += name + ": " + value + "\r\n";
  request += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  connection to_server(port);
  if (!to_server.write(request)) return {};
  const auto text = to_server.read_to_end();
  const auto end = text.find("\r\n\r\n");
  if (text.size() < 12 || end == std::string::npos) return {};
  return {std::stoi(text.substr(9, 3)), text.substr(0, end), text.substr(end + 4)};
}

} // namespace ringmaster::tests
