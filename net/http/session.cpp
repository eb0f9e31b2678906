#include "net/http/session.hpp"

#include <algorithm>
#include <utility>

namespace ringmaster::net {

using std::chrono::steady_clock;

namespace {

constexpr refusal no_room{503, "busy",
                          "Too many large bodies are being received now: send this one again in a "
                          "moment."};

/// What is read at once, at most; a whole header has to fit.
std::size_t buffer_size(const server_limits& limits) {
  constexpr std::size_t usual = 16 * 1024;
  return std::max(limits.header_bytes + 2, usual);
}

} // namespace

session::session(tcp_socket socket, std::shared_ptr<session_group> group)
    : group_(std::move(group)), socket_(std::move(socket)),
      parser_(group_->shared().limits.header_bytes), in_(buffer_size(group_->shared().limits)) {
  if (const auto& identity = group_->shared().tls) tls_ = identity->open(socket_);
}

void session::start() {
  boost::system::error_code error;
  auto client = socket_.remote_endpoint(error);
  if (error) return close(); // gone already
  peer_ = client.address().to_string();
  socket_.set_option(boost::asio::ip::tcp::no_delay(true), error);
  if (error) return close();
  tls_ ? shake_hands() : begin();
}

void session::shake_hands() {
  phase_ = phase::shaking_hands;
  waiting_since_ = steady_clock::now();
  deadline_ = waiting_since_ + limits().handshake_time;
  ++group_->shared().handshakes;
  tls_->handshake([self = shared_from_this()](auto& error) {
    auto& shared = self->group_->shared();
    --shared.handshakes;
    if (error) ++shared.tls->handshakes_failed;
    if (self->phase_ != phase::shaking_hands) return; // cut off meanwhile
    if (error) return self->close();
    self->phase_ = phase::reading;
    self->begin();
  });
}

void session::begin() {
  waiting_since_ = steady_clock::now();
  deadline_ = waiting_since_ + limits().header_time;
  read();
}

steady_time session::waiting_since() const {
  const bool waits = is_shaking_hands() || (phase_ == phase::reading && !parser_.begun());
  return waits ? waiting_since_ : steady_time::max();
}

const server_limits& session::limits() const {
  return group_->shared().limits;
}

void session::read() {
  if (stopping_) return close();
  phase_ = phase::reading;
  const auto free = in_.room();
  const auto room = boost::asio::buffer(free.first, free.second);
  auto heard = [self = shared_from_this()](auto& error, std::size_t size) {
    self->on_read(error, size);
  };
  tls_ ? tls_->read_some(room, std::move(heard)) : socket_.async_read_some(room, std::move(heard));
}

void session::on_read(const boost::system::error_code& error, std::size_t size) {
  if (phase_ != phase::reading) return; // cut off meanwhile
  if (error) return close();
  in_.put(size);
  process();
}

void session::process() {
  bool new_request = !parser_.begun();
  for (;;) {
    std::size_t taken = 0;
    auto progress = parser_.parse(in_.waiting(), taken);
    in_.take(taken);
    switch (progress) {
    case request_parser::progress::has_head:
      on_head();
      if (limits().admit && parser_.why().status == 0 &&
          parser_.body_may_exceed(limits().unasked_body_bytes))
        return ask_admission();
      continue;
    case request_parser::progress::complete:
      return hand_over();
    case request_parser::progress::refused:
      return refuse(parser_.why());
    case request_parser::progress::needs_more:
      break;
    }
    if (reading_body_) return read_body();
    if (new_request && parser_.begun()) deadline_ = steady_clock::now() + limits().header_time;
    return read();
  }
}

void session::on_head() {
  auto most = limits().body_bytes;
  if (limits().body_limit_of) most = std::min(most, limits().body_limit_of(parser_.request()));
  parser_.limit_body(most);
  reading_body_ = true;
  body_begun_ = steady_clock::now();
  form_ = {parser_.request().method == "HEAD", parser_.http_1_0(), parser_.keep_alive()};
}

std::string session::client() {
  const auto& proxies = limits().proxies;
  return proxies.empty() ? peer_ : proxies.client_of(peer_, parser_.request().headers);
}

void session::ask_admission() {
  phase_ = phase::admitting;
  deadline_ = steady_clock::now() + limits().answer_time;
  const auto turn = ++turn_;
  parser_.request().peer = client();
  limits().admit(parser_.request(), [self = shared_from_this(), turn](admission said) {
    self->group_->loop().post([self, turn, moved = std::move(said)]() mutable {
      self->admitted(turn, std::move(moved));
    });
  });
}

void session::admitted(std::uint64_t turn, admission said) {
  if (phase_ != phase::admitting || turn != turn_) return;
  if (said.refusal) return refuse(std::move(*said.refusal));
  give_body_room(); // what came before is counted anew, as the asker's
  asker_ = said.asker;
  phase_ = phase::reading;
  body_begun_ = steady_clock::now();
  process();
}

bool session::take_body_room() {
  const auto held = std::exchange(counted_body_, parser_.body_size());
  return group_->shared().bodies.take(asker_, held, counted_body_ - held);
}

void session::give_body_room() {
  const auto held = std::exchange(counted_body_, 0);
  if (held > 0) group_->shared().bodies.give(asker_, held);
  asker_ = 0;
}

void session::read_body() {
  if (!take_body_room()) return refuse(no_room);
  // Each byte buys time: with the header's time on top, the average rate is what counts.
  deadline_ = body_begun_ + limits().header_time;
  if (auto rate = limits().least_body_rate)
    deadline_ += std::chrono::milliseconds(parser_.body_size() * 1000 / rate);
  else
    deadline_ = steady_time::max();
  deadline_ = std::min(deadline_, steady_clock::now() + limits().idle_time);
  if (!parser_.expects_continue() || continued_) return read();
  continued_ = true;
  head_ = "HTTP/1.1 100 Continue\r\n\r\n";
  body_.clear();
  write(then::read_body);
}

void session::hand_over() {
  give_body_room();
  phase_ = phase::handling;
  auto turn = ++turn_;
  deadline_ = steady_clock::now() + limits().answer_time;
  if (auto rate = limits().least_answer_rate)
    deadline_ += std::chrono::milliseconds(parser_.body_size() * 1000 / rate);
  parser_.request().peer = client();
  auto respond = [self = shared_from_this(), turn](http_response response) {
    self->respond(turn, std::move(response));
  };
  try {
    group_->shared().handler(std::move(parser_.request()), std::move(respond));
  } catch (const std::exception&) {
    // What it says may hold a client's data; the handler logs what it knows.
    answer(turn,
           error_response(500, "internal",
                          "A defect of the server stopped this request; whether it was carried "
                          "out is not known."));
  }
}

void session::next_request() {
  reading_body_ = continued_ = false;
  parser_.reset();
  deadline_ = steady_clock::now() + limits().idle_time;
  waiting_since_ = steady_clock::now();
  if (stopping_) return close();
  if (in_.empty()) {
    in_.shrink();
    return read();
  }
  phase_ = phase::reading;
  process();
}

void session::refuse(const refusal& why) {
  refuse(error_response(why.status, why.code, why.message));
}

void session::refuse(http_response response) {
  give_body_room();
  input_broken_ = true;
  form_.head_request = parser_.request().method == "HEAD";
  form_.http_1_0 = parser_.http_1_0();
  form_.keep_alive = false;
  std::string().swap(parser_.request().body); // not kept for as long as the client reads why
  send_answer(std::move(response));
}

void session::check(steady_time now) {
  if (now < deadline_) return;
  constexpr refusal too_slow{408, "request_timeout",
                             "The request came too slowly: send it again over a faster "
                             "connection, or in smaller parts."};
  constexpr refusal too_long{503, "timeout",
                             "Whether the body may be sent could not be told in time; nothing was "
                             "done."};
  switch (phase_) {
  case phase::shaking_hands:
    return close();
  case phase::reading:
    if (!parser_.begun()) return close();
    socket_.cancel(ignored_);
    return refuse(too_slow);
  case phase::admitting:
    return refuse(too_long);
  case phase::handling:
    form_.keep_alive = false;
    return answer(turn_, error_response(503, "timeout",
                                        "The answer took too long. The request may still be "
                                        "carried out: look before sending it again."));
  case phase::writing:
  case phase::pulling:
  case phase::draining:
    return close();
  case phase::closed:
    return;
  }
}

void session::begin_stop() {
  stopping_ = true;
  if (is_shaking_hands() || phase_ == phase::reading || phase_ == phase::admitting) close();
}

void session::close() {
  if (phase_ == phase::closed) return;
  phase_ = phase::closed;
  give_body_room();
  if (auto stream = std::move(stream_)) stream->cancel();
  socket_.close(ignored_);
  group_->remove(*this);
}

} // namespace ringmaster::net
