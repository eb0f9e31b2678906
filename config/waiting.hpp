// What a server tells while it does not serve: before it owns the database's businesses (another
// server may have them, for as long as that lives), and while it ends.
#pragma once

#include "actors/counters.hpp"
#include "actors/failure.hpp"
#include "net/api/api_config.hpp"
#include "net/http/message.hpp"

#include <vector>

namespace ringmaster::config {

/// That it is alive, that it is not ready and why, and what it has counted; all else is answered
/// 503.
net::http_response answer_while_waiting(const net::http_request& request, const counters& count,
                                        const result<done>& database,
                                        std::vector<net::api::readiness_check> checks);

} // namespace ringmaster::config
