// One connection of the client: opened once, then one exchange after another until it ends.
// It keeps the account of what was sent: each request is written at most once, to one connection.
#pragma once

#include "net/http/client.hpp"
#include "net/http/client_stream.hpp"
#include "net/http/response_parser.hpp"

#include <functional>
#include <memory>
#include <string>

namespace ringmaster::net {

/// Where connections go.
struct client_place {
  std::string host; ///< to connect to
  std::uint16_t port = 0;
  std::string host_header;
};

class client_connection : public std::enable_shared_from_this<client_connection> {
public:
  /// Empty: it is open.
  using opened_fn = std::function<void(std::string why_not)>;
  /// `reusable`: the connection can take the next request.
  using finished_fn = std::function<void(exchange result, bool reusable)>;

  client_connection(std::unique_ptr<client_stream> stream, const client_limits& limits);

  /// Calls back once, not from inside this call.
  void open(const client_place& place, opened_fn opened);
  /// Sends the request; only when open and not busy. Calls back once, not from inside this call.
  void run(std::string request, bool is_head, finished_fn finished);
  /// Whether nothing came and nobody closed since the last answer.
  bool is_fresh();
  bool is_unused_since(steady_time then) const { return idle_since_ <= then; }
  /// Cuts off what is over its time.
  void check(steady_time now);
  /// Ends it; what is under way is answered with the reason.
  void close(const std::string& reason);

private:
  enum class phase { opening, idle, writing, reading, closed };
  using resolver = boost::asio::ip::basic_resolver<boost::asio::ip::tcp, io_executor>;

  void connect(const resolver::results_type& addresses);
  void on_connected(const boost::system::error_code& error);
  void on_opened(const std::string& why_not);
  void write();
  void on_written(const boost::system::error_code& error, std::size_t size);
  void read();
  void on_read(const boost::system::error_code& error, std::size_t size);
  void judge(response_parser::progress progress, bool ended);
  void finish(exchange result, bool reusable);
  void fail(exchange_result result, const std::string& reason);

  std::unique_ptr<client_stream> stream_;
  client_limits limits_;
  resolver resolver_;
  response_parser parser_;
  phase phase_ = phase::opening;
  steady_time deadline_ = steady_time::max();
  steady_time idle_since_{};
  opened_fn opened_;
  finished_fn finished_;
  std::string out_;
  std::size_t written_ = 0;
  std::string in_; ///< read and not yet taken by the parser
  std::unique_ptr<char[]> buffer_;
};

} // namespace ringmaster::net
