#include "config/waiting.hpp"

#include "net/api/node_view.hpp"
#include "net/api/readiness.hpp"
#include "net/api/responses.hpp"

namespace ringmaster::config {

net::http_response answer_while_waiting(const net::http_request& request, const counters& count,
                                        const result<done>& database,
                                        std::vector<net::api::readiness_check> checks) {
  if (request.method == "GET") {
    const auto path = request.path();
    if (path == "/readyz") return net::api::show_readiness(database, std::move(checks));
    net::api::node_view node{count};
    node.waiting = true;
    node.checks = std::move(checks);
    if (path == "/healthz") return net::api::say_alive(node);
    if (path == "/metrics") return net::api::show_metrics(node);
  }
  return net::api::error_response(503, "not_ready",
                                  "The server does not serve now: it is starting or stopping, or "
                                  "another one works on its database. Try again in a few seconds.");
}

} // namespace ringmaster::config
