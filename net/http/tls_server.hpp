// TLS for the server: its certificate and key, which may be exchanged while it serves, and the
// server's side of one connection. TLS 1.2 and 1.3; the client shows no certificate.
#pragma once

#include "net/http/io_loop.hpp"

#include <boost/asio/buffer.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace ringmaster::net {

/// One connection's, over its socket; belongs to one loop's thread. Each call is answered once, not
/// from inside it.
class tls_session {
public:
  using error_code = boost::system::error_code;
  using transfer_fn = std::function<void(const error_code&, std::size_t)>;

  virtual ~tls_session() = default;
  virtual void handshake(std::function<void(const error_code&)> done) = 0;
  virtual void read_some(boost::asio::mutable_buffer bytes, transfer_fn done) = 0;
  virtual void write_some(const std::array<boost::asio::const_buffer, 3>& bytes,
                          transfer_fn done) = 0;
  /// Says that nothing more comes; waits for no answer.
  virtual void say_end(std::function<void(const error_code&)> done) = 0;
};

class tls_identity {
public:
  using time = std::chrono::system_clock::time_point;

  tls_identity();
  ~tls_identity();

  /// Takes a certificate (PEM, with those between it and its authority behind it) and its key (PEM,
  /// without a passphrase) for all connections from now on. Answers what is wrong with them; then
  /// all stays as it was. Any thread.
  std::string load(const std::string& certificate_file, const std::string& key_file);
  /// When the certificate in use begins and ends to be valid.
  time begins() const;
  time ends() const;

  /// Only once something is loaded.
  std::unique_ptr<tls_session> open(tcp_socket& socket) const;

  std::atomic<std::uint64_t> handshakes_failed{0};

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace ringmaster::net
