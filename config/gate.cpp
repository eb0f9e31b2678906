#include "config/gate.hpp"

#include "net/api/responses.hpp"

#include <spdlog/spdlog.h>

namespace ringmaster::config {

namespace {

net::http_response refusal(const hindrance& why) {
  return net::api::error_response(503, why.code, why.message);
}

bool only_reads(const net::http_request& request) {
  return request.method == "GET" || request.method == "HEAD" || request.method == "OPTIONS";
}

} // namespace

hindrance told(hindrance why, spdlog::logger& log, counters& count) {
  if (why.code.empty()) return why;
  ++count.callbacks_unstored;
  log.warn("[Webhook] A callback can't be stored now: {}", why.message);
  return why;
}

void gate::open(net::http_handler api, net::admission_fn api_admission,
                net::http_handler webhooks) {
  const std::lock_guard lock(guard_);
  api_ = std::move(api);
  api_admission_ = std::move(api_admission);
  webhooks_ = std::move(webhooks);
}

void gate::handle(net::http_request request, net::respond_fn respond) {
  const bool webhook = request.path().rfind("/webhook/", 0) == 0;
  net::http_handler handler;
  {
    const std::lock_guard lock(guard_);
    handler = webhook ? webhooks_ : api_;
  }
  if (!handler) return closed_(std::move(request), std::move(respond));
  if (webhook || !only_reads(request))
    if (const auto why = webhook ? webhook_hindrance_() : api_hindrance_(); !why.code.empty())
      return respond(refusal(why));
  handler(std::move(request), std::move(respond));
}

void gate::admit(const net::http_request& head, net::admitted_fn then) {
  net::admission_fn admission;
  {
    const std::lock_guard lock(guard_);
    admission = api_admission_;
  }
  if (!admission)
    return then(
        {refusal({"not_ready", "The server serves nothing now. Try again in a few seconds."})});
  admission(head, std::move(then));
}

} // namespace ringmaster::config
