// The answer of /readyz.
#pragma once

#include "actors/failure.hpp"
#include "net/api/api_config.hpp"
#include "net/http/message.hpp"

#include <vector>

namespace ringmaster::net::api {

/// 200 when the database and all the others are well, else 503; each is told with what it lacks.
http_response show_readiness(const result<done>& database,
                             std::vector<readiness_check> other_checks);

} // namespace ringmaster::net::api
