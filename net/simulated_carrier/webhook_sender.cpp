#include "net/simulated_carrier/webhook_sender.hpp"

#include "net/http/client.hpp"
#include "net/twilio/signature.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <tuple>

namespace ringmaster::net::sim {

namespace {

constexpr std::size_t most_clients = 32;
constexpr std::size_t connections_per_place = 64;
constexpr std::size_t longest_answer = 256 * 1024;
constexpr milliseconds first_pause{100};
using steady = std::chrono::steady_clock;

/// The URL with the other scheme, or with its port added or left out.
std::string misspelt(std::string_view url, signing how) {
  auto parts = parse_url(url);
  if (!parts) return std::string(url);
  bool v6 = parts->host.find(':') != std::string::npos;
  auto host = v6 ? "[" + parts->host + "]" : parts->host;
  auto scheme = parts->scheme;
  bool port = parts->port_named;
  if (how == signing::other_scheme)
    scheme = scheme == "http" ? "https" : "http";
  else
    port = !port;
  return scheme + "://" + host + (port ? ":" + std::to_string(parts->port) : "") + parts->target;
}

/// The header as the webhook's `signature` wants it, right or wrong.
std::string signature_of(const webhook& w, const std::string& auth_token, std::string_view url) {
  const field_list no_fields;
  const auto& fields = w.target.get ? no_fields : w.fields;
  switch (w.signature) {
  case signing::right:
    return sign_form(auth_token, url, fields);
  case signing::wrong_token:
    return sign_form(auth_token + "x", url, fields);
  case signing::other_port:
  case signing::other_scheme:
    return sign_form(auth_token, misspelt(url, w.signature), fields);
  case signing::tampered:
  case signing::replayed:
    return sign_form(auth_token, url, w.signed_fields);
  case signing::missing:
    return {};
  }
  return {};
}

bool may_repeat(const webhook_policy& policy, const exchange& e) {
  switch (e.result) {
  case exchange_result::not_sent:
    return policy.on_connect;
  case exchange_result::unknown:
    return policy.on_read;
  case exchange_result::answered:
    if (e.response.status / 100 == 4) return policy.on_4xx;
    return e.response.status >= 500 && policy.on_5xx;
  }
  return false;
}

/// One webhook on its way, through all its attempts.
struct errand {
  webhook what;
  webhook_policy policy;
  std::string base; ///< "http://127.0.0.1:8080"
  client_request request;
  steady::time_point give_up, sent_at;
  std::int32_t attempts = 0;
};

} // namespace

struct webhook_sender::impl : std::enable_shared_from_this<impl> {
  std::string auth_token;
  run_later later;
  settled_fn settled;
  std::mutex mutex; ///< guards the two below
  using place = std::tuple<std::string, std::int64_t, std::int64_t>;
  std::map<place, std::shared_ptr<http_client>> clients;
  bool stopped = false;

  std::shared_ptr<http_client> client_for(const errand& e);
  void attempt(std::shared_ptr<errand> e);
  void answered(const std::shared_ptr<errand>& e, const exchange& x);
};

namespace {

std::shared_ptr<errand> prepare(webhook w, const std::string& auth_token) {
  auto e = std::make_shared<errand>();
  e->policy = policy_of(fragment_of(w.target.url));
  std::string url(without_fragment(w.target.url));
  auto form = encode_form(w.fields);
  if (w.target.get && !form.empty()) url += (url.find('?') == std::string::npos ? '?' : '&') + form;
  auto path = url.find_first_of("/?", url.find("://") + 3);
  e->base = url.substr(0, path);
  auto& r = e->request;
  r.method = w.target.get ? "GET" : "POST";
  r.target = path == std::string::npos ? "/" : url.substr(path);
  if (r.target[0] == '?') r.target.insert(0, 1, '/');
  r.headers = {{"Accept", "*/*"}, {"User-Agent", "TwilioProxy/1.1"}};
  auto signature = signature_of(w, auth_token, url);
  if (!signature.empty()) r.headers.emplace_back("X-Twilio-Signature", signature);
  r.headers.emplace_back("I-Twilio-Idempotency-Token", w.token);
  if (!w.target.get) {
    r.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8");
    r.body = std::move(form);
  }
  // Thousands may wait for a slow receiver: what is encoded need not stay.
  const auto* status = find_field(w.fields, "CallStatus");
  w.fields = status ? field_list{{"CallStatus", *status}} : field_list{};
  w.signed_fields.clear();
  e->give_up = steady::now() + e->policy.total;
  e->what = std::move(w);
  return e;
}

} // namespace

std::shared_ptr<http_client> webhook_sender::impl::client_for(const errand& e) {
  std::lock_guard lock(mutex);
  if (stopped) return nullptr;
  place where{e.base, e.policy.connect.count(), e.policy.read.count()};
  auto found = clients.find(where);
  if (found != clients.end()) return found->second;
  if (clients.size() >= most_clients || why_not_callable(e.base + "/")) return nullptr;
  client_limits limits;
  limits.connections = connections_per_place;
  limits.connect_time = e.policy.connect;
  limits.answer_time = e.policy.read;
  limits.answer_bytes = longest_answer;
  return clients[where] = std::make_shared<http_client>(e.base, limits);
}

void webhook_sender::impl::attempt(std::shared_ptr<errand> e) {
  auto client = client_for(*e);
  if (!client) {
    settled(e->what, {});
    return;
  }
  ++e->attempts;
  e->sent_at = steady::now();
  e->request.send_before = e->give_up;
  auto request = e->attempts <= e->policy.retries ? e->request : std::move(e->request);
  client->send(std::move(request), [self = weak_from_this(), e](exchange x) {
    if (auto me = self.lock()) me->answered(e, x);
  });
}

void webhook_sender::impl::answered(const std::shared_ptr<errand>& e, const exchange& x) {
  auto now = steady::now();
  auto pause = first_pause * (1 << std::min(e->attempts - 1, 6));
  if (e->attempts <= e->policy.retries && may_repeat(e->policy, x) && now + pause < e->give_up) {
    later(pause, [self = weak_from_this(), e] {
      if (auto me = self.lock()) me->attempt(e);
    });
    return;
  }
  webhook_outcome outcome;
  outcome.attempts = e->attempts;
  outcome.took = std::chrono::duration_cast<microseconds>(now - e->sent_at);
  if (x.result == exchange_result::answered) {
    outcome.status = x.response.status;
    outcome.content_type = x.response.content_type;
    outcome.body = x.response.body;
  }
  settled(e->what, outcome);
}

webhook_sender::webhook_sender(std::string auth_token, run_later later, settled_fn settled)
    : impl_(std::make_shared<impl>()) {
  impl_->auth_token = std::move(auth_token);
  impl_->later = std::move(later);
  impl_->settled = std::move(settled);
}

webhook_sender::~webhook_sender() {
  stop();
}

void webhook_sender::send(webhook w) {
  impl_->attempt(prepare(std::move(w), impl_->auth_token));
}

void webhook_sender::stop() {
  std::map<impl::place, std::shared_ptr<http_client>> ended;
  std::lock_guard lock(impl_->mutex);
  impl_->stopped = true;
  ended.swap(impl_->clients);
}

} // namespace ringmaster::net::sim
