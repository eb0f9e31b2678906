// The client's connections and the queue in front of them. Lives on one loop's thread.
#pragma once

#include "net/http/client_connection.hpp"
#include "net/http/tls.hpp"
#include "net/http/url.hpp"

#include <map>
#include <memory>
#include <set>
#include <vector>

namespace ringmaster::net {

client_place place_of(const url_parts& base);
/// Null for plain HTTP.
std::unique_ptr<tls_client> tls_for(const url_parts& base);

class client_pool {
public:
  using ticket = http_client::ticket;
  using done_fn = std::function<void(exchange)>;

  /// `tls`: null for plain HTTP.
  client_pool(io_loop& loop, client_place place, client_limits limits,
              std::unique_ptr<tls_client> tls);

  /// The request is not changed until it is answered; its sender may keep it, to send it again.
  void send(ticket number, std::shared_ptr<const client_request> request, done_fn done);
  void withdraw(const std::vector<ticket>& tickets);
  void tick(steady_time now);
  /// Answers everything that is pending, and from now on each request at once.
  void close();

private:
  using connection = std::shared_ptr<client_connection>;
  struct waiting {
    std::shared_ptr<const client_request> request;
    done_fn done;
  };

  void pump();
  connection take_idle();
  void open_one();
  void on_opened(const connection& opened, ticket newest_then, const std::string& why_not);
  /// Gives the connection the oldest request that may still be sent; else keeps it idle.
  void use(const connection& free);
  void drop(const connection& gone, const std::string& reason);
  void drop_idle(steady_time now);
  void answer_late(steady_time now);
  void answer_not_sent(std::map<ticket, waiting>::iterator which, const std::string& reason);

  io_loop& loop_;
  client_place place_;
  client_limits limits_;
  std::unique_ptr<tls_client> tls_;
  bool closed_ = false;
  std::map<ticket, waiting> queue_; ///< oldest first
  /// None of the queue is late before that: the tick need not look through thousands.
  steady_time none_late_before_ = steady_time::max();
  ticket newest_ = 0;
  std::set<connection> all_;
  std::vector<connection> idle_; ///< the last used at the end, so that the others can go
  std::size_t opening_ = 0;
};

} // namespace ringmaster::net
