#include "net/simulated_carrier/carrier_api.hpp"

#include "net/simulated_carrier/call_list.hpp"
#include "net/simulated_carrier/carrier_json.hpp"
#include "net/twilio/signature.hpp"

#include <openssl/evp.h>

#include <algorithm>

namespace ringmaster::net::sim {

namespace {

constexpr std::size_t most_pairs_counted = 4'000'000;
constexpr std::size_t most_refusals_kept = 10'000;
constexpr milliseconds longest_wait_for_callbacks{10'000};
constexpr std::uint64_t draw_kind = 4'000, draw_wait = 4'001;

const api_error not_found{404, 20404, "The requested resource was not found"};
const api_error wrong_state{400, 21220, "Call is not in-progress. Cannot redirect."};

std::string base64(const std::string& text) {
  std::string out(4 * ((text.size() + 2) / 3) + 1, '\0');
  int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                             reinterpret_cast<const unsigned char*>(text.data()),
                             static_cast<int>(text.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

http_response json_response(int status, std::string body) {
  http_response r;
  r.status = status;
  r.content_type = "application/json";
  r.body = std::move(body);
  return r;
}

std::string request_id(std::uint64_t salt, std::uint64_t n) {
  std::string text = "RQ";
  append_hex(text, mix(salt, n), 16);
  append_hex(text, mix(n, salt), 16);
  return text;
}

/// Takes "/Calls/{sid}.json" apart; empty when it is something else.
std::string sid_of(std::string_view rest) {
  constexpr std::string_view prefix = "/Calls/", suffix = ".json";
  if (rest.size() <= prefix.size() + suffix.size() || rest.substr(0, prefix.size()) != prefix ||
      rest.substr(rest.size() - suffix.size()) != suffix)
    return {};
  auto sid = percent_decode(rest.substr(prefix.size(), rest.size() - prefix.size() - suffix.size()),
                            false);
  return sid ? *sid : std::string{};
}

} // namespace

http_response error_response(const api_error& e) {
  return json_response(e.status, error_body(e));
}

carrier_api::carrier_api(const carrier_options& options, call_engine& engine)
    : options_(options), engine_(engine),
      account_path_("/2010-04-01/Accounts/" + options.account_sid) {
  const auto add = [&](const std::string& user, const std::string& password) {
    if (!user.empty()) logins_.push_back("Basic " + base64(user + ":" + password));
  };
  add(options.account_sid, options.auth_token);
  add(options.api_key, options.api_secret);
}

void carrier_api::reset() {
  create_requests_.clear();
  left_of_429_ = left_of_401_ = 0;
  refusals_.clear();
}

api_answer carrier_api::answer(const http_request& request, time_point now) {
  api_answer out;
  ++requests_;
  out.response = route(request, request.path(), out, now);
  const bool create = request.method == "POST" && request.path() == account_path_ + "/Calls.json";
  if (create && out.response.status != 201) {
    if (refusals_.size() == most_refusals_kept) refusals_.pop_front();
    refusals_.push_back(now);
  }
  auto& headers = out.response.headers;
  headers.emplace_back("Twilio-Request-Id", request_id(options_.seed, requests_));
  headers.emplace_back("Twilio-Request-Duration", "0.001");
  headers.emplace_back("Twilio-Concurrent-Requests", "1");
  chance draws(mix(options_.seed, requests_));
  if (out.response.end == answer_end::as_asked &&
      engine_.settings().faults.strikes(fault::closed_keep_alive, draws))
    out.response.end = answer_end::silent;
  return out;
}

http_response carrier_api::route(const http_request& request, std::string_view path,
                                 api_answer& out, time_point now) {
  const auto& account = account_path_;
  if (!authorized(request)) {
    auto r = error_response({401, 20003, "Authenticate"});
    r.headers.emplace_back("WWW-Authenticate", "Basic realm=\"Twilio API\"");
    return r;
  }
  if (auto r = burst(request)) return *r;
  if (path == account + ".json" && request.method == "GET")
    return json_response(200, "{\"sid\":\"" + options_.account_sid +
                                  "\",\"status\":\"active\",\"friendly_name\":\"Simulated\","
                                  "\"type\":\"Full\"}");
  if (path.substr(0, account.size()) != account) return error_response(not_found);
  auto rest = path.substr(account.size());
  const auto& method = request.method;
  if (rest == "/Calls.json") {
    if (method == "POST") return create(request, out, now);
    if (method == "GET") return list(request, now);
    return error_response({405, 20004, "Method not allowed"});
  }
  auto sid = sid_of(rest);
  if (sid.empty()) return error_response(not_found);
  if (method == "GET") return fetch(sid, now);
  if (method == "POST") return update(request, sid, now);
  if (method != "DELETE") return error_response({405, 20004, "Method not allowed"});
  if (!engine_.book().find(sid)) return error_response(not_found);
  engine_.book().erase(sid, now);
  http_response r;
  r.status = 204;
  return r;
}

bool carrier_api::authorized(const http_request& request) const {
  const auto* given = request.header("Authorization");
  if (!given) return false;
  return std::any_of(logins_.begin(), logins_.end(), [&](const std::string& login) {
    return equal_in_constant_time(*given, login);
  });
}

std::optional<http_response> carrier_api::burst(const http_request& request) {
  const auto& faults = engine_.settings().faults;
  chance draws(mix(options_.seed, ~requests_));
  if (left_of_401_ == 0 && faults.strikes(fault::auth_401, draws))
    left_of_401_ = std::max<std::int64_t>(faults.amounts.burst, 1);
  if (left_of_401_ > 0) {
    --left_of_401_;
    return error_response({401, 20003, "Authenticate"});
  }
  if (request.method != "POST") return std::nullopt;
  for (auto which : {fault::create_429, fault::create_429_retry_after}) {
    if (left_of_429_ > 0 || !faults.strikes(which, draws)) continue;
    left_of_429_ = std::max<std::int64_t>(faults.amounts.burst, 1);
    says_retry_after_ = which == fault::create_429_retry_after;
  }
  if (left_of_429_ == 0) return std::nullopt;
  --left_of_429_;
  auto r = error_response({429, 20429, "Too Many Requests"});
  if (says_retry_after_) r.headers.emplace_back("Retry-After", "1");
  return r;
}

http_response carrier_api::create(const http_request& request, api_answer& out, time_point now) {
  auto form = parse_form(request.body);
  if (!form) return error_response({400, 20001, "The form can't be read"});
  auto read = read_create(*form, options_.test_credentials);
  if (auto* wrong = std::get_if<api_error>(&read)) return error_response(*wrong);
  auto& wanted = std::get<call_request>(read);

  if (create_requests_.size() > most_pairs_counted) create_requests_.clear();
  auto n = create_requests_[mix(hash_text(wanted.from), hash_text(wanted.to))]++;
  chance draws(~options_.seed, wanted.from, wanted.to, n);
  if (auto r = refused(draws)) return *r;
  const auto& faults = engine_.settings().faults;
  if (faults.strikes(fault::create_error_before, draws)) {
    call never;
    never.sid = engine_.book().new_sid();
    never.request = std::move(wanted);
    never.created = never.updated = now;
    return broken(draws, never, out);
  }
  const call& c = engine_.create(std::move(wanted), now);
  if (faults.strikes(fault::create_error_after, draws)) return broken(draws, c, out);
  if (faults.strikes(fault::callback_before_answer, draws)) {
    // Half of these wait for the first callbacks only, half for the call's whole life.
    auto whole = c.life.setup + c.life.ring + c.life.talk + milliseconds{100};
    bool short_wait = draws.happens(draw_wait, 0.5);
    out.delay =
        std::min(short_wait ? c.life.setup + milliseconds{50} : whole, longest_wait_for_callbacks);
  }
  return call_response(201, c, now);
}

std::optional<http_response> carrier_api::refused(const chance& draws) {
  auto live = engine_.book().observer().live_total();
  bool over = options_.account_concurrency > 0 && live >= options_.account_concurrency;
  if (over || engine_.settings().faults.strikes(fault::concurrency_rejected, draws))
    return error_response({400, 10004, "Call concurrency limit exceeded"});
  return std::nullopt;
}

http_response carrier_api::broken(const chance& draws, const call& c, api_answer& out) const {
  const auto& faults = engine_.settings().faults;
  auto kind = faults.error_kind;
  if (kind == create_error::any)
    kind = static_cast<create_error>(
        draws.between(draw_kind, 1, static_cast<std::int64_t>(create_error::dropped)));
  http_response r;
  switch (kind) {
  case create_error::any:
  case create_error::status_500:
    return error_response({500, 20500, "Internal Server Error"});
  case create_error::status_503:
    return error_response({503, 20503, "Service Unavailable"});
  case create_error::hold:
    out.delay = milliseconds{faults.amounts.hold_ms};
    r.end = answer_end::dropped;
    return r;
  case create_error::dropped:
    r.end = answer_end::dropped;
    return r;
  case create_error::reset:
    r = call_response(201, c, c.created);
    r.end = answer_end::cut;
    return r;
  case create_error::truncated:
    r = call_response(201, c, c.created);
    r.body.resize(r.body.size() / 2);
    return r;
  }
  return r;
}

http_response carrier_api::update(const http_request& request, const std::string& sid,
                                  time_point now) {
  auto form = parse_form(request.body);
  if (!form) return error_response({400, 20001, "The form can't be read"});
  auto read = read_update(*form);
  if (auto* wrong = std::get_if<api_error>(&read)) return error_response(*wrong);
  call* c = engine_.book().find(sid);
  if (!c) return error_response(not_found);
  const auto& faults = engine_.settings().faults;
  if (!has_ended(c->status)) {
    if (faults.strikes(fault::cancel_404, c->draws)) return error_response(not_found);
    if (faults.strikes(fault::cancel_21220, c->draws)) return error_response(wrong_state);
  }
  return change(std::get<call_update>(read), sid, now);
}

http_response carrier_api::change(const call_update& wanted, const std::string& sid,
                                  time_point now) {
  auto result = update_result::done;
  switch (wanted.what) {
  case call_update::kind::cancel:
    result = engine_.cancel(sid, now);
    break;
  case call_update::kind::complete:
    result = engine_.complete(sid, now);
    break;
  case call_update::kind::redirect:
    result = engine_.redirect(sid, wanted.url, wanted.twiml, now);
    break;
  case call_update::kind::nothing:
    break;
  }
  if (result == update_result::done && wanted.time_limit)
    result = engine_.limit_time(sid, *wanted.time_limit, now);
  if (result == update_result::ended) return error_response(wrong_state);
  call* c = engine_.book().find(sid);
  if (!c || result == update_result::not_found) return error_response(not_found);
  return call_response(200, *c, now);
}

bool carrier_api::is_stale(const call& c, time_point now) const {
  const auto& faults = engine_.settings().faults;
  return faults.strikes(fault::stale_get, c.draws) &&
         now < c.updated + milliseconds{faults.amounts.stale_ms};
}

http_response carrier_api::call_response(int status, const call& c, time_point now) const {
  std::string body;
  body.reserve(1'536);
  append_call(body, c, options_.account_sid, is_stale(c, now));
  return json_response(status, std::move(body));
}

http_response carrier_api::fetch(const std::string& sid, time_point now) {
  call* c = engine_.book().find(sid);
  if (!c || c->hidden_from_get > now) return error_response(not_found);
  return call_response(200, *c, now);
}

http_response carrier_api::list(const http_request& request, time_point now) const {
  auto read = read_list_query(request.query());
  if (auto* wrong = std::get_if<api_error>(&read)) return error_response(*wrong);
  auto& query = std::get<list_query>(read);
  query.filter.visible_at = now;
  chance draws(mix(options_.seed, hash_text(query.filter.from + query.filter.to)));
  bool shifting = engine_.settings().faults.strikes(fault::page_shift, draws);
  bool counted = shifting || query.before == 0;
  std::vector<const call*> found;
  if (!query.nothing_fits)
    found = engine_.book().list(query.filter, counted ? 0 : query.before,
                                counted ? query.page * query.page_size : 0, query.page_size + 1);
  bool more = found.size() > query.page_size;
  if (more) found.pop_back();

  std::string path(request.path());
  list_page page;
  for (const auto* c : found)
    append_call(page.calls.emplace_back(), *c, options_.account_sid, is_stale(*c, now));
  page.page = query.page;
  page.page_size = query.page_size;
  page.start = query.page * query.page_size;
  page.uri = page_uri(path, query, query.page, query.before);
  page.first_page_uri = page_uri(path, query, 0, 0);
  if (more)
    page.next_page_uri = page_uri(path, query, query.page + 1, shifting ? 0 : found.back()->id);
  if (query.page > 0) page.previous_page_uri = page_uri(path, query, query.page - 1, 0);
  return json_response(200, list_body(page));
}

} // namespace ringmaster::net::sim
