// The bytes of a response's header. Pure.
#pragma once

#include "net/http/message.hpp"

#include <string>

namespace ringmaster::net {

/// How the connection and the request shape an answer.
struct answer_form {
  bool head_request = false;
  bool http_1_0 = false;
  bool keep_alive = true;
};

/// Status line and headers with the empty line. A stream is chunked, to HTTP/1.0 unframed.
std::string response_head(const http_response& response, const answer_form& form);
/// Whether the response's headers can be sent as they are: no line breaks or control characters,
/// names that are tokens. What fails here is a bug of the handler.
bool has_sound_headers(const http_response& response);
/// Whether a body follows the header.
bool has_body(const http_response& response, const answer_form& form);
/// An error in the API's shape; `code` and `message` are constants without quotes.
http_response error_response(int status, const char* code, const char* message);

} // namespace ringmaster::net
