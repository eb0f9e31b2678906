// What the handlers see that answer at once, without database or dialling.
#pragma once

#include "actors/counters.hpp"
#include "actors/roster.hpp"
#include "net/api/api_config.hpp"
#include "net/api/request_limits.hpp"
#include "net/http/message.hpp"

#include <cstddef>
#include <vector>

namespace ringmaster::net::api {

struct node_view {
  const counters& count;
  std::size_t quick_waiting = 0, bulk_waiting = 0;
  std::size_t listeners = 0;
  const actor_roster* roster = nullptr;  ///< none: nothing is known of actors
  const limit_counts* limits = nullptr;  ///< none: nothing is limited
  std::vector<readiness_check> checks{}; ///< without the database's own
  bool waiting = false;                  ///< it does not serve (yet)
};

http_response say_alive(const node_view&);
http_response show_metrics(const node_view& node);
http_response show_openapi(const node_view&);
http_response show_front_page(const node_view&);

} // namespace ringmaster::net::api
