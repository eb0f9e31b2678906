// The listening socket: accepts connections and spreads them over the loops.
#pragma once

#include "net/http/session_group.hpp"

#include <memory>
#include <string>
#include <vector>

namespace ringmaster::net {

class listener : public std::enable_shared_from_this<listener> {
public:
  /// Runs on the first group's loop.
  explicit listener(std::vector<std::shared_ptr<session_group>> groups);

  /// Takes the port; answers why not, empty when it's done. Before the loops run.
  std::string open(const std::string& address, std::uint16_t port);
  std::uint16_t port() const { return port_; }
  void accept();
  void close();

private:
  void hand_over(tcp_socket socket, session_group& group);

  std::vector<std::shared_ptr<session_group>> groups_;
  boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, io_executor> acceptor_;
  boost::asio::basic_waitable_timer<
      std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, io_executor>
      pause_;
  std::uint16_t port_ = 0;
  std::size_t next_group_ = 0;
};

} // namespace ringmaster::net
