#include "net/api/responses.hpp"

namespace ringmaster::net::api {

http_response json_response(int status, const json_out& body) {
  http_response response;
  response.status = status;
  response.content_type = "application/json; charset=utf-8";
  // What came from outside was checked; should anything else slip in, the answer stays valid UTF-8.
  response.body = body.dump(-1, ' ', false, json_out::error_handler_t::replace);
  response.body += '\n';
  return response;
}

http_response error_response(int status, const std::string& code, const std::string& message,
                             const std::string& field, const json_out& more) {
  json_out error{{"code", code},
                 {"message", message},
                 {"field", field.empty() ? json_out(nullptr) : json_out(field)}};
  if (more.is_object()) error.update(more);
  auto response = json_response(status, json_out{{"error", error}});
  if (status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  if (status == 503) response.headers.emplace_back("Retry-After", "2");
  return response;
}

http_response error_response(const failure& why) {
  return error_response(status_of(why.kind), why.code, why.message, why.field);
}

http_response too_many_response(const std::string& message, microseconds wait) {
  const auto whole = std::to_string((wait.count() + 999'999) / 1'000'000);
  auto response = error_response(429, "rate_limited", message + ": ask again in " + whole + " s");
  response.headers.emplace_back("Retry-After", whole);
  return response;
}

int status_of(failure_kind kind) {
  switch (kind) {
  case failure_kind::invalid:
    return 400;
  case failure_kind::unauthorized:
    return 401;
  case failure_kind::forbidden:
    return 403;
  case failure_kind::not_found:
    return 404;
  case failure_kind::conflict:
    return 409;
  case failure_kind::too_large:
    return 413;
  case failure_kind::unavailable:
  case failure_kind::unknown:
    return 503;
  case failure_kind::internal:
    return 500;
  }
  return 500;
}

void add_common_headers(http_response& response) {
  response.headers.emplace_back("Cache-Control", "no-store");
  response.headers.emplace_back("X-Frame-Options", "DENY");
  response.headers.emplace_back("Referrer-Policy", "no-referrer");
  response.headers.emplace_back("Content-Security-Policy",
                                "default-src 'none'; frame-ancestors 'none'");
}

} // namespace ringmaster::net::api
