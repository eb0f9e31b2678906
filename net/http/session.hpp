// One connection of the server: reads a request, hands it over, writes the answer, reads the next.
// A session lives on one loop and is touched on its thread only; answers from elsewhere are posted.
#pragma once

#include "net/http/read_buffer.hpp"
#include "net/http/request_parser.hpp"
#include "net/http/response_text.hpp"
#include "net/http/session_group.hpp"

#include <boost/asio/buffer.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace ringmaster::net {

class session : public std::enable_shared_from_this<session> {
public:
  session(tcp_socket socket, std::shared_ptr<session_group> group);

  void start();
  /// Cuts off what is over its time.
  void check(steady_time now);
  /// Ends when nothing is in flight, else after the answer.
  void begin_stop();
  void close();
  /// Since when it waits for a request; far in the future while it has one.
  steady_time waiting_since() const;
  bool is_shaking_hands() const { return phase_ == phase::shaking_hands; }

  std::size_t index = 0; ///< place in the group, which keeps it

private:
  enum class phase {
    shaking_hands, ///< TLS is being agreed upon
    reading,       ///< a request, or waiting for one
    admitting,     ///< waits to hear whether the body may come
    handling,      ///< the handler has it
    writing,       ///< an answer or a part of one
    pulling,       ///< waits for the next chunk of a stream
    draining,      ///< the last answer is out; what the client still sends is thrown away
    closed
  };
  /// What follows when the output is written.
  enum class then { read_body, next_request, pull, finish, close };

  const server_limits& limits() const;
  std::string client(); ///< whom the request in hand comes from

  // Reading (session.cpp)
  void shake_hands();
  void begin();
  void read();
  void on_read(const boost::system::error_code& error, std::size_t size);
  void process();
  void on_head();
  void ask_admission();
  void admitted(std::uint64_t turn, admission said);
  void read_body();
  bool take_body_room(); ///< false: all bodies together are too large
  void give_body_room();
  void hand_over();
  void next_request();
  void refuse(const refusal& why);
  void refuse(http_response response);

  // Answering (session_answer.cpp)
  void respond(std::uint64_t turn, http_response response); ///< any thread
  void answer(std::uint64_t turn, http_response response);
  void send_answer(http_response response);
  void write(then next);
  void write_more();
  void on_written(const boost::system::error_code& error, std::size_t size);
  void pull();
  void on_chunk(std::uint64_t turn, std::optional<std::string> chunk);
  void end_stream();
  void watch_client(); ///< ends a stream whose client has gone
  void finish();
  void finish_tls(bool unread);
  void drain();

  std::shared_ptr<session_group> group_; ///< before the socket: its loop outlives the socket
  tcp_socket socket_;
  std::unique_ptr<tls_session> tls_; ///< over the socket; none: plain HTTP
  std::string peer_;
  request_parser parser_;

  read_buffer in_;            ///< read and not yet taken by the parser
  bool input_broken_ = false; ///< what follows on the connection can't be understood

  phase phase_ = phase::reading;
  bool stopping_ = false;
  bool reading_body_ = false;
  bool continued_ = false;       ///< 100 Continue is sent
  std::size_t counted_body_ = 0; ///< our part of what all unfinished bodies take
  std::uint64_t asker_ = 0;      ///< whose part; 0: nobody's
  steady_time body_begun_{};
  steady_time waiting_since_{};
  steady_time deadline_ = steady_time::max();

  /// Each request and each pull has its number; an answer with an old one comes too late.
  std::uint64_t turn_ = 0;
  answer_form form_;
  std::string head_, body_;
  std::string_view tail_;                        ///< what ends a chunk
  std::array<boost::asio::const_buffer, 3> out_; ///< what of these is not yet written
  then then_ = then::next_request;
  std::shared_ptr<chunk_source> stream_;
  std::size_t drained_ = 0;
  boost::system::error_code ignored_; ///< of calls whose failing changes nothing: the socket goes
};

} // namespace ringmaster::net
