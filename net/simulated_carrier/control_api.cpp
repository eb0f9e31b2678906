#include "net/simulated_carrier/control_api.hpp"

#include "net/simulated_carrier/carrier_time.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>

namespace ringmaster::net::sim {

namespace {

using nlohmann::json;

constexpr std::size_t most_listed = 1'000;
constexpr call_status all_statuses[] = {
    call_status::queued, call_status::ringing,   call_status::in_progress, call_status::completed,
    call_status::busy,   call_status::no_answer, call_status::failed,      call_status::canceled};

http_response respond(int status, const json& body) {
  http_response r;
  r.status = status;
  r.content_type = "application/json";
  // Texts come from outside: what is no UTF-8 is replaced, not thrown.
  r.body = body.dump(2, ' ', false, json::error_handler_t::replace);
  return r;
}

http_response refuse(int status, const std::string& why) {
  return respond(status, {{"error", {{"message", why}}}});
}

double ms(std::int64_t us) {
  return static_cast<double>(us) / 1'000.0;
}

json percentiles(const histogram& h) {
  return {{"count", h.count()},
          {"p50_ms", ms(h.percentile(0.50))},
          {"p90_ms", ms(h.percentile(0.90))},
          {"p99_ms", ms(h.percentile(0.99))},
          {"p999_ms", ms(h.percentile(0.999))},
          {"highest_ms", ms(h.highest())}};
}

json figures_json(const webhook_figures& f) {
  return {{"sent", f.sent},
          {"retries", f.retries},
          {"ok", f.ok},
          {"refused", f.refused},
          {"errors", f.errors},
          {"silent", f.silent},
          {"answered_in", percentiles(f.took)}};
}

json caller_json(const caller_figures& c, std::int32_t limit) {
  return {{"from", c.from},
          {"live", c.live},
          {"highest", c.highest},
          {"calls", c.calls},
          {"ended", c.ended},
          {"above_limit", c.above(limit)},
          {"gaps", percentiles(c.gaps)}};
}

json repeated_json(const limit_observer& o, const std::string& from) {
  json list = json::array();
  for (const auto& [key, r] : o.repeated()) {
    if (!from.empty() && r.from != from) continue;
    if (list.size() >= most_listed) break;
    list.push_back({{"from", r.from}, {"to", r.to}, {"calls", r.calls}});
  }
  return list;
}

json excess_json(const limit_observer& o) {
  json list = json::array();
  for (const auto& e : o.excesses())
    list.push_back(
        {{"at", rfc2822(e.at)}, {"from", e.from}, {"call_sid", e.sid}, {"live", e.live}});
  return list;
}

json deliveries_json(const call& c) {
  json list = json::array();
  for (const auto& d : c.deliveries)
    list.push_back({{"at_us", d.at.time_since_epoch().count()},
                    {"what", d.what},
                    {"call_status", d.status},
                    {"sequence", d.sequence},
                    {"answer", d.answer},
                    {"attempts", d.attempts},
                    {"forged", d.forged}});
  return list;
}

} // namespace

http_response control_api::answer(const http_request& request) {
  auto path = request.path();
  bool get = request.method == "GET", post = request.method == "POST";
  constexpr std::string_view calls = "/_sim/calls/";
  if (get && path == "/_sim/observer") return observer(request.query());
  if (get && path.substr(0, calls.size()) == calls) return one_call(path.substr(calls.size()));
  if (get && path == "/_sim/refusals") return refusals();
  if (get && path == "/_sim/faults") return faults();
  if (post && path == "/_sim/faults") {
    auto wrong = apply_faults_json(engine_.settings().faults, request.body);
    return wrong.empty() ? faults() : refuse(400, wrong);
  }
  if (post && path == "/_sim/life") {
    auto wrong = apply_life_json(engine_.settings().life, request.body);
    return wrong.empty() ? respond(200, {{"ok", true}}) : refuse(400, wrong);
  }
  if (post && path == "/_sim/reset") {
    engine_.reset();
    api_.reset();
    return respond(200, {{"ok", true}});
  }
  return refuse(404, "there is no " + request.method + " " + std::string(path));
}

http_response control_api::observer(std::string_view query) const {
  auto fields = parse_form(query);
  std::int32_t limit = 3;
  std::string from;
  if (!fields) return refuse(400, "the query can't be read");
  if (const auto* text = find_field(*fields, "limit")) limit = std::atoi(text->c_str());
  if (const auto* text = find_field(*fields, "from")) from = *text;
  if (limit < 1 || limit > 62) return refuse(400, "limit is a number from 1 to 62");

  const auto& o = engine_.book().observer();
  std::uint64_t violations = 0;
  json callers = json::array();
  for (const auto& [number, caller] : o.callers()) {
    if (!from.empty() && number != from) continue;
    violations += caller.above(limit);
    callers.push_back(caller_json(caller, limit));
  }
  std::sort(callers.begin(), callers.end(),
            [](const json& a, const json& b) { return a["from"] < b["from"]; });
  json statuses;
  for (auto s : all_statuses)
    statuses[std::string(to_string(s))] = engine_.book().tally(s);
  json webhooks;
  const auto& figures = engine_.figures();
  for (auto k : {webhook_kind::status, webhook_kind::answer, webhook_kind::fallback,
                 webhook_kind::detection})
    webhooks[to_string(k)] = figures_json(figures.by_kind[static_cast<std::size_t>(k)]);
  webhooks["forged"] = figures_json(figures.forged);
  return respond(200, {{"calls", o.created_total()},
                       {"live", o.live_total()},
                       {"highest_live", o.highest_total()},
                       {"statuses", statuses},
                       {"limit", limit},
                       {"violations", violations},
                       {"excesses", excess_json(o)},
                       {"overlapping_calls", o.overlaps()},
                       {"repeated_numbers_total", o.repeated().size()},
                       {"repeated_numbers", repeated_json(o, from)},
                       {"gaps", percentiles(o.gaps())},
                       {"webhooks", webhooks},
                       {"callers", callers}});
}

http_response control_api::one_call(std::string_view sid) const {
  call* c = engine_.book().find(std::string(sid));
  if (!c) return refuse(404, "no such call");
  return respond(200, {{"sid", c->sid},
                       {"from", c->request.from},
                       {"to", c->request.to},
                       {"created_us", c->created.time_since_epoch().count()},
                       {"status", std::string(to_string(c->status))},
                       {"duration", c->duration.count()},
                       {"answered_by", c->answered_by},
                       {"error_code", c->error_code},
                       {"twiml", c->documents_said},
                       {"deliveries", deliveries_json(*c)}});
}

http_response control_api::refusals() const {
  json times = json::array();
  for (const auto& at : api_.refusals())
    times.push_back(at.time_since_epoch().count());
  return respond(200, {{"refused_us", times}});
}

http_response control_api::faults() const {
  const auto& settings = engine_.settings().faults;
  json all;
  for (const auto& f : fault_table())
    all[f.name] = settings.of(f.which);
  for (const auto& [name, value] : amounts_of(settings.amounts))
    all[name] = value;
  all["create_error"] = std::string(to_string(settings.error_kind));
  return respond(200, all);
}

} // namespace ringmaster::net::sim
