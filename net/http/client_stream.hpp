// A byte stream to a server: plain TCP, or TLS over it. Belongs to one loop's thread.
#pragma once

#include "net/http/io_loop.hpp"

#include <boost/asio/buffer.hpp>

#include <functional>
#include <memory>

namespace ringmaster::net {

class client_stream {
public:
  using error_code = boost::system::error_code;
  using transfer_fn = std::function<void(const error_code&, std::size_t)>;

  virtual ~client_stream() = default;
  /// The TCP socket below, to connect, look at and close.
  virtual tcp_socket& socket() = 0;
  /// Whether a write that fails may still have sent something.
  virtual bool encrypted() const = 0;
  /// After connecting; on plain TCP there is nothing to do.
  virtual void handshake(std::function<void(const error_code&)> done) = 0;
  virtual void write_some(boost::asio::const_buffer bytes, transfer_fn done) = 0;
  virtual void read_some(boost::asio::mutable_buffer bytes, transfer_fn done) = 0;
};

std::unique_ptr<client_stream> make_plain_stream(boost::asio::io_context& context);

} // namespace ringmaster::net
