// The OpenAPI 3.1 document of the API (net/api/openapi.json), built into the program.
#pragma once

#include <string_view>

namespace ringmaster::net::api {

std::string_view openapi_document();

} // namespace ringmaster::net::api
