#include "net/simulated_carrier/webhook_sender.hpp"

#include "net/http/client_pool.hpp"
#include "net/twilio/signature.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace ringmaster::net::sim {

namespace {

constexpr std::size_t most_pools = 32;
/// The carrier's many machines call at once; a callback that waits in line here would throttle the
/// server under test.
constexpr std::size_t connections_per_place = 512;
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

struct webhook_sender::impl {
  impl(io_loop& l, std::string token, run_later when, settled_fn whom)
      : loop(l), auth_token(std::move(token)), later(std::move(when)), settled(std::move(whom)) {}

  io_loop& loop;
  const std::string auth_token;
  const run_later later;
  const settled_fn settled;
  using place = std::tuple<std::string, std::int64_t, std::int64_t>;
  std::map<place, client_pool, std::less<>> pools;
  client_pool::ticket last_ticket = 0;
  bool stopped = false;
  std::string read_fragment; ///< the last one, and the policy in it: nearly all have the same
  webhook_policy read_policy;

  const webhook_policy& policy_in(std::string_view fragment);
  client_pool* pool_for(const errand& e); ///< null: not to be called
  void attempt(std::shared_ptr<errand> e);
  void answered(const std::shared_ptr<errand>& e, exchange x);
};

namespace {

std::shared_ptr<errand> prepare(webhook w, const webhook_policy& policy,
                                const std::string& auth_token) {
  auto e = std::make_shared<errand>();
  e->policy = policy;
  std::string url(without_fragment(w.target.url));
  auto form = encode_form(w.fields);
  if (w.target.get && !form.empty()) url += (url.find('?') == std::string::npos ? '?' : '&') + form;
  auto path = url.find_first_of("/?", url.find("://") + 3);
  e->base = url.substr(0, path);
  auto& r = e->request;
  r.method = w.target.get ? "GET" : "POST";
  r.target = path == std::string::npos ? "/" : url.substr(path);
  if (r.target[0] == '?') r.target.insert(0, 1, '/');
  r.headers.reserve(5);
  r.headers.emplace_back("Accept", "*/*");
  r.headers.emplace_back("User-Agent", "TwilioProxy/1.1");
  auto signature = signature_of(w, auth_token, url);
  if (!signature.empty()) r.headers.emplace_back("X-Twilio-Signature", std::move(signature));
  r.headers.emplace_back("I-Twilio-Idempotency-Token", std::move(w.token));
  if (!w.target.get) {
    r.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8");
    r.body = std::move(form);
  }
  // Thousands may wait for a slow receiver: what is encoded need not stay.
  field_list kept;
  if (const auto* status = find_field(w.fields, "CallStatus"))
    kept.emplace_back("CallStatus", *status);
  w.fields = std::move(kept);
  w.signed_fields.clear();
  e->give_up = steady::now() + e->policy.total;
  e->what = std::move(w);
  return e;
}

} // namespace

const webhook_policy& webhook_sender::impl::policy_in(std::string_view fragment) {
  if (fragment != read_fragment) {
    read_fragment = fragment;
    read_policy = policy_of(fragment);
  }
  return read_policy;
}

client_pool* webhook_sender::impl::pool_for(const errand& e) {
  if (stopped) return nullptr;
  std::tuple<std::string_view, std::int64_t, std::int64_t> where{e.base, e.policy.connect.count(),
                                                                 e.policy.read.count()};
  auto found = pools.find(where);
  if (found != pools.end()) return &found->second;
  if (pools.size() >= most_pools || why_not_callable(e.base + "/")) return nullptr;
  client_limits limits;
  limits.connections = connections_per_place;
  limits.connect_time = e.policy.connect;
  limits.answer_time = e.policy.read;
  limits.answer_bytes = longest_answer;
  auto base = *parse_url(e.base + "/");
  return &pools.try_emplace(place(where), loop, place_of(base), limits, tls_for(base))
              .first->second;
}

void webhook_sender::impl::attempt(std::shared_ptr<errand> e) {
  auto* pool = pool_for(*e);
  if (!pool) {
    settled(e->what, {});
    return;
  }
  ++e->attempts;
  e->sent_at = steady::now();
  e->request.send_before = e->give_up;
  std::shared_ptr<const client_request> request(e, &e->request); // the errand keeps it
  pool->send(++last_ticket, std::move(request),
             [this, e = std::move(e)](exchange x) { answered(e, std::move(x)); });
}

void webhook_sender::impl::answered(const std::shared_ptr<errand>& e, exchange x) {
  if (stopped) return;
  auto now = steady::now();
  auto pause = first_pause * (1 << std::min(e->attempts - 1, 6));
  if (e->attempts <= e->policy.retries && may_repeat(e->policy, x) && now + pause < e->give_up) {
    later(pause, [this, e] { attempt(e); });
    return;
  }
  webhook_outcome outcome;
  outcome.attempts = e->attempts;
  outcome.took = std::chrono::duration_cast<microseconds>(now - e->sent_at);
  if (x.result == exchange_result::answered) {
    outcome.status = x.response.status;
    outcome.content_type = std::move(x.response.content_type);
    outcome.body = std::move(x.response.body);
  }
  settled(e->what, outcome);
}

webhook_sender::webhook_sender(io_loop& loop, std::string auth_token, run_later later,
                               settled_fn settled)
    : impl_(std::make_unique<impl>(loop, std::move(auth_token), std::move(later),
                                   std::move(settled))) {}

webhook_sender::~webhook_sender() = default;

void webhook_sender::send(webhook w) {
  const auto& policy = impl_->policy_in(fragment_of(w.target.url));
  impl_->attempt(prepare(std::move(w), policy, impl_->auth_token));
}

void webhook_sender::tick(steady_time now) {
  for (auto& [where, pool] : impl_->pools)
    pool.tick(now);
}

void webhook_sender::stop() {
  impl_->stopped = true; // no retry begins now
  for (auto& [where, pool] : impl_->pools)
    pool.close();
}

} // namespace ringmaster::net::sim
