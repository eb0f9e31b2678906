#include "net/http/session.hpp"

#include <boost/asio/write.hpp>

#include <array>
#include <charconv>

namespace ringmaster::net {

using boost::asio::buffer;
using std::chrono::steady_clock;

namespace {

constexpr std::chrono::seconds drain_time{5};

/// So much goes into one record of TLS, which takes one buffer.
constexpr std::size_t largest_record = 16 * 1024;

} // namespace

void session::respond(std::uint64_t turn, http_response response) {
  auto& loop = group_->loop();
  if (loop.on_own_thread()) return answer(turn, std::move(response));
  auto stream = response.stream;
  bool posted = loop.post([self = shared_from_this(), turn, moved = std::move(response)]() mutable {
    self->answer(turn, std::move(moved));
  });
  if (!posted && stream) stream->cancel();
}

void session::answer(std::uint64_t turn, http_response response) {
  if (phase_ != phase::handling || turn != turn_) { // answered, out of time, or the client has gone
    if (response.stream) response.stream->cancel();
    return;
  }
  if (!has_sound_headers(response)) {
    if (response.stream) response.stream->cancel();
    response = error_response(500, "internal", "The answer could not be written.");
  }
  send_answer(std::move(response));
}

void session::send_answer(http_response response) {
  if (response.end == answer_end::dropped) return close();
  bool streams = response.stream && has_body(response, form_);
  if (stopping_ || (streams && form_.http_1_0)) form_.keep_alive = false;
  head_ = response_head(response, form_);
  body_.clear();
  if (streams) {
    stream_ = std::move(response.stream);
    watch_client();
    return write(then::pull);
  }
  if (response.stream) response.stream->cancel();
  if (has_body(response, form_)) body_ = std::move(response.body);
  if (response.end == answer_end::cut) body_.resize(body_.size() / 2);
  bool misbehaves = response.end != answer_end::as_asked;
  write(misbehaves ? then::close : form_.keep_alive ? then::next_request : then::finish);
}

void session::write(then next) {
  then_ = next;
  phase_ = phase::writing;
  if (tls_ && head_.size() + body_.size() + tail_.size() <= largest_record) {
    head_.append(body_).append(tail_);
    body_.clear();
    tail_ = {};
  }
  out_ = {buffer(head_), buffer(body_), buffer(tail_)};
  write_more();
}

void session::write_more() {
  // The client may be slow, but has to take something within that time.
  deadline_ = steady_clock::now() + limits().idle_time;
  auto done = [self = shared_from_this()](auto& error, std::size_t size) {
    self->on_written(error, size);
  };
  tls_ ? tls_->write_some(out_, std::move(done)) : socket_.async_write_some(out_, std::move(done));
}

void session::on_written(const boost::system::error_code& error, std::size_t size) {
  if (phase_ != phase::writing) return;
  if (error) return close();
  for (auto& part : out_) {
    auto done = std::min(size, part.size());
    part += done;
    size -= done;
  }
  if (boost::asio::buffer_size(out_) > 0) return write_more();
  switch (then_) {
  case then::read_body:
    return read_body();
  case then::next_request:
    return next_request();
  case then::pull:
    return pull();
  case then::finish:
    return finish();
  case then::close:
    return close();
  }
}

void session::pull() {
  phase_ = phase::pulling;
  deadline_ = steady_time::max();
  auto turn = ++turn_;
  auto source = stream_; // the call may end the stream
  source->pull([self = shared_from_this(), turn](std::optional<std::string> chunk) {
    // Always posted: a source that answers at once, again and again, must not nest its calls.
    self->group_->loop().post([self, turn, moved = std::move(chunk)]() mutable {
      self->on_chunk(turn, std::move(moved));
    });
  });
}

void session::on_chunk(std::uint64_t turn, std::optional<std::string> chunk) {
  if (phase_ != phase::pulling || turn != turn_) return;
  if (!chunk) return end_stream();
  if (chunk->empty()) return pull(); // an empty chunk would end the body
  body_ = std::move(*chunk);
  head_.clear();
  if (!form_.http_1_0) {
    std::array<char, 16> digits;
    auto end = std::to_chars(digits.data(), digits.data() + digits.size(), body_.size(), 16).ptr;
    head_.append(digits.data(), end).append("\r\n");
    tail_ = "\r\n";
  }
  write(then::pull);
}

void session::end_stream() {
  auto source = std::move(stream_);
  body_.clear();
  tail_ = {};
  if (source->broken()) {
    // HTTP/1.0 has no other way to say it than a reset.
    if (form_.http_1_0) socket_.set_option(boost::asio::socket_base::linger(true, 0), ignored_);
    return close();
  }
  head_ = form_.http_1_0 ? "" : "0\r\n\r\n";
  write(form_.keep_alive && !stopping_ ? then::next_request : then::finish);
}

void session::watch_client() {
  socket_.async_wait(tcp_socket::wait_read,
                     [self = shared_from_this(), watched = stream_.get()](auto& error) {
                       if (error || self->stream_.get() != watched) return;
                       char byte;
                       boost::system::error_code gone;
                       self->socket_.receive(buffer(&byte, 1), tcp_socket::message_peek, gone);
                       if (gone) self->close();
                     });
}

void session::finish() {
  boost::system::error_code error;
  bool unread = input_broken_ || !in_.empty() || socket_.available(error) > 0;
  if (!error && tls_) return finish_tls(unread);
  if (error || !unread) return close();
  // Closing with unread input resets the connection, and the client may never see the answer.
  phase_ = phase::draining;
  deadline_ = steady_clock::now() + drain_time;
  socket_.shutdown(tcp_socket::shutdown_send, error);
  if (error) return close();
  drain();
}

/// The client must be able to tell an end from a connection that was cut.
void session::finish_tls(bool unread) {
  phase_ = phase::draining;
  deadline_ = steady_clock::now() + drain_time;
  tls_->say_end([self = shared_from_this(), unread](auto& error) {
    if (self->phase_ != phase::draining) return;
    if (error || !unread) return self->close();
    boost::system::error_code broken;
    self->socket_.shutdown(tcp_socket::shutdown_send, broken);
    broken ? self->close() : self->drain();
  });
}

void session::drain() {
  in_.take(in_.waiting().size());
  const auto free = in_.room();
  socket_.async_read_some(buffer(free.first, free.second),
                          [self = shared_from_this()](auto& error, std::size_t size) {
                            if (self->phase_ != phase::draining) return;
                            self->in_.put(size);
                            self->drained_ += size;
                            if (error || self->drained_ > self->limits().body_bytes)
                              return self->close();
                            self->drain();
                          });
}

} // namespace ringmaster::net
