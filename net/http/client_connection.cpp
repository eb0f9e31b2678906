#include "net/http/client_connection.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/post.hpp>

#include <sys/socket.h>

namespace ringmaster::net {

namespace {

using boost::asio::ip::tcp;
using std::chrono::steady_clock;

/// The carrier's answer to a create takes about 1.5 kB. Encrypted, a whole record: what comes
/// behind an answer must not stay unseen in the TLS layer, or it would pass for the next one.
std::size_t buffer_size(const client_stream& stream) {
  return stream.encrypted() ? 16 * 1024 : 4 * 1024;
}

} // namespace

client_connection::client_connection(std::unique_ptr<client_stream> stream,
                                     const client_limits& limits)
    : stream_(std::move(stream)), limits_(limits), resolver_(stream_->socket().get_executor()),
      parser_(limits.answer_bytes), buffer_(new char[buffer_size(*stream_)]) {}

void client_connection::open(const client_place& place, opened_fn opened) {
  opened_ = std::move(opened);
  deadline_ = steady_clock::now() + limits_.connect_time;
  boost::system::error_code not_an_address;
  auto address = boost::asio::ip::make_address(place.host, not_an_address);
  if (!not_an_address)
    return connect(
        resolver::results_type::create(tcp::endpoint(address, place.port), place.host, ""));
  resolver_.async_resolve(place.host, std::to_string(place.port),
                          [self = shared_from_this()](auto& error, auto addresses) {
                            if (self->phase_ != phase::opening) return;
                            if (error) return self->on_opened("no address: " + error.message());
                            self->connect(addresses);
                          });
}

void client_connection::connect(const resolver::results_type& addresses) {
  boost::asio::async_connect(stream_->socket(), addresses,
                             [self = shared_from_this()](auto& error, const tcp::endpoint&) {
                               self->on_connected(error);
                             });
}

void client_connection::on_connected(const boost::system::error_code& error) {
  if (phase_ != phase::opening) return;
  if (error) return on_opened("no connection: " + error.message());
  boost::system::error_code refused;
  stream_->socket().set_option(tcp::no_delay(true), refused);
  if (refused) return on_opened("no connection: " + refused.message());
  stream_->handshake([self = shared_from_this()](auto& failed) {
    if (self->phase_ != phase::opening) return;
    self->on_opened(failed ? "no TLS: " + failed.message() : "");
  });
}

void client_connection::on_opened(const std::string& why_not) {
  if (!why_not.empty()) return close(why_not);
  phase_ = phase::idle;
  idle_since_ = steady_clock::now();
  deadline_ = steady_time::max();
  std::exchange(opened_, nullptr)("");
}

void client_connection::run(std::string request, bool is_head, finished_fn finished) {
  out_ = std::move(request);
  written_ = 0;
  in_.clear();
  parser_.reset(is_head);
  finished_ = std::move(finished);
  deadline_ = steady_clock::now() + limits_.answer_time;
  phase_ = phase::writing;
  write();
}

void client_connection::write() {
  stream_->write_some(boost::asio::buffer(out_) + written_,
                      [self = shared_from_this()](auto& error, std::size_t size) {
                        self->on_written(error, size);
                      });
}

void client_connection::on_written(const boost::system::error_code& error, std::size_t size) {
  if (phase_ != phase::writing) return;
  written_ += size;
  if (error) {
    // A plain socket that refuses the first write has taken nothing; TLS may have written a part.
    bool nothing_left = written_ == 0 && !stream_->encrypted();
    return fail(nothing_left ? exchange_result::not_sent : exchange_result::unknown,
                "sending failed: " + error.message());
  }
  if (written_ < out_.size()) return write();
  phase_ = phase::reading;
  read();
}

void client_connection::read() {
  stream_->read_some(
      boost::asio::buffer(buffer_.get(), buffer_size(*stream_)),
      [self = shared_from_this()](auto& error, std::size_t size) { self->on_read(error, size); });
}

void client_connection::on_read(const boost::system::error_code& error, std::size_t size) {
  if (phase_ != phase::reading) return;
  if (error == boost::asio::error::eof) return judge(parser_.end_of_stream(), true);
  if (error) return fail(exchange_result::unknown, "no whole answer: " + error.message());
  in_.append(buffer_.get(), size);
  std::size_t taken = 0;
  auto progress = parser_.parse(in_, taken);
  in_.erase(0, taken);
  judge(progress, false);
}

void client_connection::judge(response_parser::progress progress, bool ended) {
  if (progress == response_parser::progress::needs_more) return read();
  if (progress == response_parser::progress::refused)
    return fail(exchange_result::unknown, parser_.why());
  exchange result;
  result.result = exchange_result::answered;
  result.response = std::move(parser_.response());
  result.headers = std::move(parser_.headers());
  // Bytes behind the answer belong to nothing that we asked.
  finish(std::move(result), !ended && in_.empty() && parser_.keep_alive());
}

void client_connection::finish(exchange result, bool reusable) {
  phase_ = reusable ? phase::idle : phase::closed;
  idle_since_ = steady_clock::now();
  deadline_ = steady_time::max();
  boost::system::error_code ignored; // it is gone either way
  if (!reusable) stream_->socket().close(ignored);
  std::exchange(finished_, nullptr)(std::move(result), reusable);
}

void client_connection::fail(exchange_result result, const std::string& reason) {
  exchange out;
  out.result = result;
  out.reason = reason;
  finish(std::move(out), false);
}

bool client_connection::is_fresh() {
  char byte;
  auto size = ::recv(stream_->socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return phase_ == phase::idle && size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

void client_connection::check(steady_time now) {
  if (now < deadline_) return;
  close(phase_ == phase::opening ? "no connection in time" : "no whole answer in time");
}

void client_connection::close(const std::string& reason) {
  switch (phase_) {
  case phase::writing:
  case phase::reading:
    return fail(exchange_result::unknown, reason);
  case phase::opening:
  case phase::idle: {
    phase_ = phase::closed;
    deadline_ = steady_time::max();
    resolver_.cancel();
    boost::system::error_code ignored; // it is gone either way
    stream_->socket().close(ignored);
    if (auto opened = std::exchange(opened_, nullptr)) opened(reason);
    return;
  }
  case phase::closed:
    return;
  }
}

} // namespace ringmaster::net
