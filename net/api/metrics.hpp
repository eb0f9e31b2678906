// /metrics: everything counted, in Prometheus' text format 0.0.4. No label holds an id.
#pragma once

#include "net/api/node_view.hpp"

#include <string>

namespace ringmaster::net::api {

std::string metrics_text(const node_view& node);

} // namespace ringmaster::net::api
