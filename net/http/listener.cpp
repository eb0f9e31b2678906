#include "net/http/listener.hpp"

namespace ringmaster::net {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

std::string why_not(const std::string& address, std::uint16_t port,
                    const boost::system::error_code& error) {
  auto place = "port " + std::to_string(port) + " on " + address;
  if (error == asio::error::address_in_use)
    return place + " is in use by another program; stop it or choose another port";
  if (error == asio::error::access_denied)
    return place + " may not be opened by this user; ports below 1024 need more rights";
  if (error.value() == EADDRNOTAVAIL) return address + " is not an address of this machine";
  return place + " can't be opened: " + error.message();
}

} // namespace

listener::listener(std::vector<std::shared_ptr<session_group>> groups)
    : groups_(std::move(groups)), acceptor_(groups_.front()->loop().context()),
      pause_(groups_.front()->loop().context()) {}

std::string listener::open(const std::string& address, std::uint16_t port) {
  boost::system::error_code error;
  auto parsed = asio::ip::make_address(address == "localhost" ? "127.0.0.1" : address, error);
  if (error) return "\"" + address + "\" is not an IP address to listen on";
  tcp::endpoint endpoint(parsed, port);
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (!error) port_ = acceptor_.local_endpoint(error).port();
  return error ? why_not(address, port, error) : "";
}

void listener::accept() {
  auto& group = *groups_[next_group_++ % groups_.size()];
  acceptor_.async_accept(group.loop().context().get_executor(),
                         [self = shared_from_this(), &group](auto& error, tcp_socket socket) {
                           if (!self->acceptor_.is_open()) return;
                           if (!error) {
                             self->hand_over(std::move(socket), group);
                             return self->accept();
                           }
                           // Out of file descriptors, most likely: connections wait in the backlog
                           // for a while.
                           self->pause_.expires_after(std::chrono::milliseconds(100));
                           self->pause_.async_wait([self](auto&) {
                             if (self->acceptor_.is_open()) self->accept();
                           });
                         });
}

void listener::hand_over(tcp_socket socket, session_group& group) {
  if (group.loop().on_own_thread()) return group.add(std::move(socket));
  auto shared = std::make_shared<tcp_socket>(std::move(socket));
  group.loop().post([shared, &group] { group.add(std::move(*shared)); });
}

void listener::close() {
  boost::system::error_code ignored; // it is gone either way
  acceptor_.close(ignored);
  pause_.cancel();
}

} // namespace ringmaster::net
