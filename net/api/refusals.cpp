#include "net/api/refusals.hpp"

#include "net/api/query_reader.hpp"
#include "net/api/text.hpp"

namespace ringmaster::net::api {

std::optional<failure> refuse_access(api_request& request, access needed) {
  const auto& who = request.who;
  const auto business = request.ids.business;
  const failure unknown{failure_kind::not_found, "business_not_found", "there is no such business",
                        ""};
  if (business && who.business && who.business != business) return unknown;
  if (business) {
    const auto found = request.business();
    if (!found) return found.error().kind == failure_kind::not_found ? unknown : found.error();
  }
  return refuse_role(needed, who);
}

std::optional<failure> refuse_unread(const route& which, const http_request& http) {
  if (!which.reads_query)
    if (auto why = query_reader(http.query()).refusal()) return why;
  if (which.body_bytes > 0 || http.body.empty()) return std::nullopt;
  return failure{failure_kind::invalid, "body_not_expected",
                 "this request takes no body: leave it out", ""};
}

bool is_encoded(const http_request& http) {
  const auto* encoding = http.header("Content-Encoding");
  return encoding != nullptr && ascii_lower(*encoding) != "identity";
}

} // namespace ringmaster::net::api
