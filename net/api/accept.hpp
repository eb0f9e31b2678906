// What a client would rather have: the Accept header with its weights (RFC 9110, 12.5.1).
#pragma once

#include <string_view>

namespace ringmaster::net::api {

/// Whether the client asks for CSV where JSON is usual: it names text/csv, and gives nothing that
/// JSON would satisfy a greater weight, nor JSON by name the same.
bool prefers_csv(std::string_view accept);

} // namespace ringmaster::net::api
