#include "net/http/client_stream.hpp"

namespace ringmaster::net {

namespace {

class plain_stream final : public client_stream {
public:
  explicit plain_stream(boost::asio::io_context& context) : socket_(context) {}

  tcp_socket& socket() override { return socket_; }
  bool encrypted() const override { return false; }
  void handshake(std::function<void(const error_code&)> done) override { done({}); }
  void write_some(boost::asio::const_buffer bytes, transfer_fn done) override {
    socket_.async_write_some(bytes, std::move(done));
  }
  void read_some(boost::asio::mutable_buffer bytes, transfer_fn done) override {
    socket_.async_read_some(bytes, std::move(done));
  }

private:
  tcp_socket socket_;
};

} // namespace

std::unique_ptr<client_stream> make_plain_stream(boost::asio::io_context& context) {
  return std::make_unique<plain_stream>(context);
}

} // namespace ringmaster::net
