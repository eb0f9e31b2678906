// A script inside a request: checked by the webhooks' own reader, stored as compact JSON.
#pragma once

#include "net/api/json_reader.hpp"

#include <string>

namespace ringmaster::net::api {

/// The JSON to store. The failure's field begins with `name`, the field of the request.
result<std::string> read_script(const nlohmann::json& value, const std::string& name);

/// What a run or a direct call needs to be spoken; `name` is the field to set, if there is one.
failure script_missing(const std::string& name);

} // namespace ringmaster::net::api
