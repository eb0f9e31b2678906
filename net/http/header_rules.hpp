// What may stand in a header that we write. Pure.
#pragma once

#include <string_view>

namespace ringmaster::net {

/// RFC 9110 token: a method or a header name.
bool is_token(std::string_view text);
/// No control character but tab: nothing that could end the header's line.
bool is_header_value(std::string_view text);
/// Path and query: begins with a slash; no space, control character or raw UTF-8.
bool is_request_target(std::string_view text);

} // namespace ringmaster::net
