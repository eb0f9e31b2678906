#include "config/doors.hpp"

namespace ringmaster::config {

void doors::open(net::http_handler api, net::admission_fn api_admission,
                 net::http_handler webhooks) {
  const std::lock_guard lock(guard_);
  api_ = std::move(api);
  api_admission_ = std::move(api_admission);
  webhooks_ = std::move(webhooks);
}

void doors::handle(net::http_request request, net::respond_fn respond) {
  net::http_handler handler;
  {
    const std::lock_guard lock(guard_);
    handler = request.path().rfind("/webhook/", 0) == 0 ? webhooks_ : api_;
  }
  if (handler) return handler(std::move(request), std::move(respond));
  net::http_response busy;
  busy.status = 503;
  busy.content_type = "application/json";
  busy.body = R"({"error":{"code":"not_ready","message":"The server is starting or stopping. )"
              R"(Try again in a few seconds.","field":null}})";
  busy.headers.emplace_back("Retry-After", "2");
  respond(std::move(busy));
}

void doors::admit(const net::http_request& head,
                  std::function<void(std::optional<net::http_response>)> then) {
  net::admission_fn admission;
  {
    const std::lock_guard lock(guard_);
    admission = api_admission_;
  }
  if (!admission) return then(std::nullopt);
  admission(head, std::move(then));
}

} // namespace ringmaster::config
