// Plain sockets for tests of HTTP: a client that sends any bytes it likes, and a server that
// misbehaves as told. Each wait is bounded by 20 seconds; what takes longer throws.
#pragma once

#include "net/http/message.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace ringmaster::probe {

struct raw_response {
  int status = 0;
  std::string status_line;
  net::header_list headers;
  std::string body; ///< chunks put together

  /// The header's value, empty when there is none.
  std::string header(std::string_view name) const;
};

struct raw_request {
  std::string request_line;
  net::header_list headers;
  std::string body;
};

/// One TCP connection over 127.0.0.1.
class raw_connection {
public:
  /// `receive_buffer`: bytes the kernel may hold for us, 0 for its default (for slow readers).
  explicit raw_connection(std::uint16_t port, int receive_buffer = 0);
  static raw_connection adopt(int socket);
  raw_connection(raw_connection&& other) noexcept;
  raw_connection& operator=(raw_connection&&) = delete;
  ~raw_connection();

  /// False when the other side has closed before all was taken.
  bool send(std::string_view bytes);
  /// One write for each byte.
  bool send_byte_by_byte(std::string_view bytes);
  /// At most so many bytes; empty at the end or on a reset.
  std::string read_some(std::size_t most = 65536);
  /// All until the other side closes.
  std::string read_to_end();
  /// One response; nothing when the connection ends before it is whole. 1xx count as responses.
  std::optional<raw_response> read_response(bool to_head = false);
  /// One request with Content-Length or none; nothing when the connection ends before.
  std::optional<raw_request> read_request();
  /// Whether the other side closes without another byte.
  bool is_closed();
  /// Whether something (bytes or the end) can be read within that time.
  bool readable_within(int milliseconds);

  /// For what is not covered here, such as TLS; still owned by this object.
  int socket() const { return socket_; }
  void finish_sending();
  void close();
  /// Closes with a reset.
  void reset();

private:
  raw_connection() = default;
  bool fill();
  std::optional<std::string> take_head();
  bool take_bytes(std::size_t size, std::string& out);
  bool take_chunks(std::string& out);

  int socket_ = -1;
  std::string in_;
};

/// Listens on a free port of 127.0.0.1; each connection gets a thread that runs `script`.
class raw_server {
public:
  /// `number` counts connections from 0.
  using script = std::function<void(raw_connection&, int number)>;
  explicit raw_server(script run);
  /// Closes the port and waits for the scripts, which have to end by themselves.
  ~raw_server();

  std::uint16_t port() const { return port_; }
  std::string url() const;
  int connections() const { return connections_; }

private:
  void accept_all();

  script run_;
  int socket_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> ending_{false};
  std::atomic<int> connections_{0};
  std::thread acceptor_;
  std::vector<std::thread> scripts_;
};

/// A port of 127.0.0.1 that neither takes nor refuses connections: they hang, as with a host that
/// is gone.
class deaf_port {
public:
  deaf_port();
  ~deaf_port();
  std::uint16_t port() const { return port_; }

private:
  std::uint16_t port_ = 0;
  std::vector<int> sockets_; ///< the listener and what fills its queue
};

/// A port of 127.0.0.1 on which nobody listens.
std::uint16_t unused_port();

} // namespace ringmaster::probe
