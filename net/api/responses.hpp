// How every answer of the API looks: JSON, one shape of error, the same headers.
#pragma once

#include "actors/clock.hpp"
#include "actors/failure.hpp"
#include "net/http/message.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace ringmaster::net::api {

/// Keeps the order of the fields as written.
using json_out = nlohmann::ordered_json;

http_response json_response(int status, const json_out& body);

/// {"error":{"code","message","field"}}; field is null when the error is not about one. `more`
/// holds further members of the error object (a JSON object).
http_response error_response(int status, const std::string& code, const std::string& message,
                             const std::string& field = {}, const json_out& more = {});
http_response error_response(const failure& why);

/// 429 "rate_limited" with Retry-After; the message goes on with when to ask again.
http_response too_many_response(const std::string& message, microseconds wait);

int status_of(failure_kind kind);

/// What stands on every answer: nothing is stored, sniffed, framed or run.
void add_common_headers(http_response& response);

} // namespace ringmaster::net::api
