#include "net/http/request_text.hpp"

#include "net/http/header_rules.hpp"

namespace ringmaster::net {

namespace {

bool is_not_the_callers(std::string_view name) {
  for (auto ours : {"Host", "Content-Length", "Connection", "Transfer-Encoding", "Expect",
                    "Upgrade", "Trailer", "TE"})
    if (same_header_name(name, ours)) return true;
  return false;
}

bool usually_has_body(std::string_view method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

} // namespace

std::string why_not_sendable(const client_request& request) {
  if (!is_token(request.method) || request.method == "CONNECT") return "the method is not allowed";
  if (!is_request_target(request.target)) return "the target is not an encoded path and query";
  for (auto& [name, value] : request.headers) {
    if (!is_token(name)) return "a header's name is malformed";
    if (is_not_the_callers(name)) return "the header " + name + " is not the caller's to set";
    if (!is_header_value(value)) return "the header " + name + " holds control characters";
  }
  return "";
}

std::string request_text(const client_request& request, const std::string& host) {
  std::string out;
  out.reserve(256 + request.target.size() + request.body.size());
  out.append(request.method).append(" ").append(request.target).append(" HTTP/1.1\r\nHost: ");
  out.append(host).append("\r\n");
  for (auto& [name, value] : request.headers)
    out.append(name).append(": ").append(value).append("\r\n");
  if (!request.body.empty() || usually_has_body(request.method))
    out.append("Content-Length: ").append(std::to_string(request.body.size())).append("\r\n");
  return out.append("\r\n").append(request.body);
}

} // namespace ringmaster::net
