// What the kernel says of this process, for /metrics.
#pragma once

#include "net/api/metric_families.hpp"

namespace ringmaster::net::api {

void add_process(metric_families& out);

} // namespace ringmaster::net::api
