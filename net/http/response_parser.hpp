// Reads answers out of a stream of bytes, within limits and strictly: an answer that could be read
// in two ways counts as none.
#pragma once

#include "net/http/message.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace ringmaster::net {

class response_parser {
public:
  enum class progress { needs_more, complete, refused };

  explicit response_parser(std::size_t most_body_bytes);
  ~response_parser();

  /// Makes ready for an answer; that to HEAD has no body.
  void reset(bool to_head);
  /// Reads on; `bytes` is the stream from the first byte not yet taken, `taken` what to drop of it.
  /// Interim answers (1xx) are passed over.
  progress parse(std::string_view bytes, std::size_t& taken);
  /// The stream ended: complete when that is what ends this answer's body.
  progress end_of_stream();

  http_response& response(); ///< status, content_type and body
  header_list& headers();
  bool keep_alive() const;        ///< of a complete answer
  const std::string& why() const; ///< why refused

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace ringmaster::net
