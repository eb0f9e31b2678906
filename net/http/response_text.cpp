#include "net/http/response_text.hpp"

#include "net/http/header_rules.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace ringmaster::net {

namespace {

const char* reason_phrase(int status) {
  switch (status) {
  case 200:
    return "OK";
  case 201:
    return "Created";
  case 202:
    return "Accepted";
  case 204:
    return "No Content";
  case 302:
    return "Found";
  case 303:
    return "See Other";
  case 304:
    return "Not Modified";
  case 400:
    return "Bad Request";
  case 401:
    return "Unauthorized";
  case 403:
    return "Forbidden";
  case 404:
    return "Not Found";
  case 405:
    return "Method Not Allowed";
  case 408:
    return "Request Timeout";
  case 409:
    return "Conflict";
  case 413:
    return "Content Too Large";
  case 415:
    return "Unsupported Media Type";
  case 417:
    return "Expectation Failed";
  case 422:
    return "Unprocessable Content";
  case 429:
    return "Too Many Requests";
  case 431:
    return "Request Header Fields Too Large";
  case 500:
    return "Internal Server Error";
  case 501:
    return "Not Implemented";
  case 503:
    return "Service Unavailable";
  default:
    return "Status";
  }
}

void append_number(std::string& out, std::size_t number) {
  std::array<char, 20> digits;
  auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

/// Headers that the connection decides about, whatever a handler says.
bool is_ours(std::string_view name) {
  return same_header_name(name, "Connection") || same_header_name(name, "Content-Length") ||
         same_header_name(name, "Transfer-Encoding");
}

bool never_has_body(int status) {
  return status < 200 || status == 204 || status == 304;
}

} // namespace

std::string response_head(const http_response& response, const answer_form& form) {
  std::string out;
  out.reserve(256);
  out.append(form.http_1_0 ? "HTTP/1.0 " : "HTTP/1.1 ");
  append_number(out, static_cast<std::size_t>(response.status));
  out.append(" ").append(reason_phrase(response.status)).append("\r\n");
  if (!response.content_type.empty()) append_header(out, "Content-Type", response.content_type);
  if (response.stream && !never_has_body(response.status)) {
    if (!form.http_1_0) append_header(out, "Transfer-Encoding", "chunked");
  } else if (!never_has_body(response.status)) {
    out.append("Content-Length: ");
    append_number(out, response.body.size());
    out.append("\r\n");
  }
  if (!form.keep_alive)
    append_header(out, "Connection", "close");
  else if (form.http_1_0)
    append_header(out, "Connection", "keep-alive");
  append_header(out, "X-Content-Type-Options", "nosniff");
  for (auto& [name, value] : response.headers)
    if (!is_ours(name)) append_header(out, name, value);
  return out.append("\r\n");
}

bool has_sound_headers(const http_response& response) {
  return response.status >= 200 && response.status <= 599 &&
         is_header_value(response.content_type) &&
         std::all_of(response.headers.begin(), response.headers.end(), [](auto& header) {
           return is_token(header.first) && is_header_value(header.second);
         });
}

bool has_body(const http_response& response, const answer_form& form) {
  return !form.head_request && !never_has_body(response.status);
}

http_response error_response(int status, const char* code, const char* message) {
  http_response response;
  response.status = status;
  response.content_type = "application/json";
  response.body = std::string(R"({"error":{"code":")") + code + R"(","message":")" + message +
                  R"(","field":null}})";
  return response;
}

} // namespace ringmaster::net
