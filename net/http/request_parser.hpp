// Reads requests out of a stream of bytes, strictly: whatever two parsers could read differently
// (request smuggling) is refused and ends the connection.
#pragma once

#include "net/http/message.hpp"

#include <cstddef>
#include <memory>
#include <string_view>

namespace ringmaster::net {

/// Why a request is not accepted. Constant texts, so that no input gets into an answer.
struct refusal {
  int status = 0; ///< 0: not refused
  const char* code = "";
  const char* message = "";
};

class request_parser {
public:
  enum class progress { needs_more, has_head, complete, refused };

  /// `header_bytes`: of request line and headers together; `most_headers` beside it.
  explicit request_parser(std::size_t header_bytes, std::size_t most_headers = 128);
  ~request_parser();

  /// Reads on; `bytes` is the stream from the first byte not yet taken, `taken` what to drop of it.
  /// Stops once behind the header (has_head), then at the request's end (complete).
  progress parse(std::string_view bytes, std::size_t& taken);
  /// After has_head: refuses a body that is or gets larger (413).
  void limit_body(std::size_t most_bytes);
  /// After has_head: whether its body is larger than that, or of a length that nobody knows yet.
  bool body_may_exceed(std::size_t bytes) const;
  /// Makes ready for the next request of the connection.
  void reset();

  http_request& request();
  const refusal& why() const;
  /// Whether a byte of the current request has been seen.
  bool begun() const;
  bool keep_alive() const;
  bool http_1_0() const;
  bool expects_continue() const;
  /// Bytes of the body so far.
  std::size_t body_size() const;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace ringmaster::net
