#include "net/api/routes.hpp"

#include "net/api/accept.hpp"
#include "net/api/handlers.hpp"
#include "net/api/text.hpp"

#include <charconv>

namespace ringmaster::net::api {
namespace {

constexpr std::size_t small = 64 * 1024;
constexpr std::size_t run_body = 16 * 1024 * 1024;  // a million ids
constexpr std::size_t lead_body = 64 * 1024 * 1024; // a million rows
/// Above it a body is work for the bulk lane.
constexpr std::size_t quick_body = 64 * 1024;

std::vector<std::string_view> segments(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const auto slash = path.find('/');
    parts.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
    if (path.empty()) parts.push_back(path);
  }
  return parts;
}

/// 0 when it is no id.
std::int64_t id_from(std::string_view text) {
  if (text.empty() || text[0] < '1' || text[0] > '9') return 0;
  std::int64_t id = 0;
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, id);
  return read.ec == std::errc() && read.ptr == end ? id : 0;
}

bool take_id(route_ids& ids, std::string_view name, std::string_view text) {
  const auto id = id_from(text);
  if (name == "{business_id}") ids.business = business_id(id);
  if (name == "{lead_id}") ids.lead = lead_id(id);
  if (name == "{run_id}") ids.run = run_id(id);
  if (name == "{job_id}") ids.job = job_id(id);
  if (name == "{key_id}") ids.key = id;
  return id != 0;
}

bool fits(std::string_view pattern, const std::vector<std::string_view>& path, route_ids& ids) {
  const auto wanted = segments(pattern);
  if (wanted.size() != path.size()) return false;
  ids = {};
  for (std::size_t i = 0; i < path.size(); ++i) {
    const bool is_id = !wanted[i].empty() && wanted[i][0] == '{';
    if (is_id ? !take_id(ids, wanted[i], path[i]) : wanted[i] != path[i]) return false;
  }
  return true;
}

bool names_csv(const std::string* header) {
  return header != nullptr && ascii_lower(*header).find("text/csv") != std::string::npos;
}

constexpr auto businesses = "/api/v1/businesses";

std::string inside(const char* rest) {
  return std::string(businesses) + "/{business_id}" + rest;
}

route list(const std::string& pattern, access needs, answer (*handle)(api_request&)) {
  return {"GET", pattern, needs, lane_kind::quick, 0, handle, nullptr, true};
}

route at_once(const char* pattern, http_response (*handle)(const node_view&)) {
  return {"GET", pattern, access::anyone, lane_kind::at_once, 0, nullptr, handle};
}

/// Of an owner's keys: a business's, or the whole server's.
std::vector<route> key_routes(const std::string& keys, access needs) {
  constexpr auto quick = lane_kind::quick;
  const auto one = keys + "/{key_id}";
  return {list(keys, needs, list_keys),
          {"POST", keys, needs, quick, small, create_key},
          {"GET", one, needs, quick, 0, get_key},
          {"PATCH", one, needs, quick, small, change_key},
          {"DELETE", one, needs, quick, 0, revoke_key},
          {"POST", one + "/rotate", needs, quick, small, rotate_key}};
}

std::vector<route> main_routes() {
  using a = access;
  constexpr auto quick = lane_kind::quick;
  return {
      at_once("/", show_front_page),
      at_once("/healthz", say_alive),
      at_once("/metrics", show_metrics),
      at_once("/api/openapi.json", show_openapi),
      {"GET", "/readyz", a::anyone, lane_kind::probe, 0},
      {"POST", businesses, a::server_admin, quick, small, create_business},
      list(businesses, a::server_read, list_businesses),
      {"GET", inside(""), a::read, quick, 0, get_business},
      {"PATCH", inside(""), a::admin, quick, small, change_business},
      {"POST", inside("/leads"), a::operate, quick, lead_body, import_leads},
      {"POST", inside("/leads/preview"), a::operate, quick, lead_body, preview_leads},
      list(inside("/leads"), a::read, list_leads),
      {"GET", inside("/leads/{lead_id}"), a::read, quick, 0, get_lead},
      {"PATCH", inside("/leads/{lead_id}"), a::operate, quick, small, change_lead},
      {"DELETE", inside("/leads/{lead_id}"), a::operate, quick, 0, delete_lead},
      {"POST", inside("/calls"), a::operate, quick, small, call_leads},
      list(inside("/calls"), a::read, list_calls),
      {"GET", inside("/calls/{job_id}"), a::read, quick, 0, tell_story},
      {"GET", inside("/slots"), a::read, quick, 0, list_slots},
      {"GET", inside("/events"), a::read, quick, 0, stream_events},
      {"GET", inside("/pulse"), a::read, quick, 0, show_pulse},
      {"GET", "/api/v1/me", a::read, quick, 0, show_caller},
      {"GET", "/api/v1/overview", a::server_read, quick, 0, show_overview},
      list("/api/v1/overview/businesses", a::server_read, list_overview),
      list(inside("/audit"), a::read, list_audit),
      list("/api/v1/audit", a::server_read, list_audit),
      {"POST", inside("/runs"), a::operate, quick, run_body, create_run},
      list(inside("/runs"), a::read, list_runs),
      {"GET", inside("/runs/{run_id}"), a::read, quick, 0, get_run},
      {"POST", inside("/runs/{run_id}/pause"), a::operate, quick, small, pause_run},
      {"POST", inside("/runs/{run_id}/resume"), a::operate, quick, small, resume_run},
      {"POST", inside("/runs/{run_id}/stop"), a::operate, quick, small, stop_run},
      list(inside("/runs/{run_id}/jobs"), a::read, list_jobs),
      {"GET", inside("/runs/{run_id}/outcomes"), a::read, quick, 0, show_outcomes},
      {"GET", inside("/runs/{run_id}/jobs/{job_id}"), a::read, quick, 0, get_job},
      {"POST", inside("/runs/{run_id}/jobs/{job_id}/requeue"), a::operate, quick, small,
       requeue_job},
      {"GET", inside("/jobs/{job_id}"), a::read, quick, 0, get_job},
      {"GET", inside("/jobs/{job_id}/why"), a::read, quick, 0, explain_job},
      {"POST", inside("/jobs/{job_id}/requeue"), a::operate, quick, small, requeue_job},
  };
}

} // namespace

const std::vector<route>& routes() {
  static const std::vector<route> table = [] {
    auto all = main_routes();
    for (auto& one : key_routes(inside("/keys"), access::admin))
      all.push_back(std::move(one));
    for (auto& one : key_routes("/api/v1/keys", access::server_admin))
      all.push_back(std::move(one));
    return all;
  }();
  return table;
}

route_match match_route(std::string_view method, std::string_view path) {
  route_match match;
  const auto parts = segments(path);
  for (const auto& candidate : routes()) {
    route_ids ids;
    if (!fits(candidate.pattern, parts, ids)) continue;
    if (candidate.method == (method == "HEAD" ? "GET" : method)) {
      match.found = &candidate;
      match.ids = ids;
      return match;
    }
    if (!match.allow.empty()) match.allow += ", ";
    match.allow += candidate.method;
  }
  return match;
}

lane_kind lane_of(const route& which, const http_request& request) {
  if (which.where != lane_kind::quick) return which.where;
  const bool is_export = which.handle == list_calls && wants_csv(request);
  return is_export || request.body.size() > quick_body ? lane_kind::bulk : lane_kind::quick;
}

std::size_t body_limit_of(const http_request& head) {
  const auto match = match_route(head.method, head.path());
  return match.found == nullptr ? small : std::max(match.found->body_bytes, small);
}

bool wants_csv(const http_request& request) {
  const auto* accept = request.header("Accept");
  return accept != nullptr && prefers_csv(*accept);
}
bool holds_csv(const http_request& request) {
  return names_csv(request.header("Content-Type"));
}

} // namespace ringmaster::net::api
