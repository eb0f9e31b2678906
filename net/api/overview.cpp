// Who asks, what goes on now, and the stream of it.
#include "net/api/event_desk.hpp"
#include "net/api/handlers.hpp"
#include "net/api/query_reader.hpp"
#include "net/api/views.hpp"

namespace ringmaster::net::api {

answer show_caller(api_request& request) {
  json_out shown{{"admin", request.who.is_admin()},
                 {"role", std::string(to_string(request.who.role))},
                 {"business", nullptr}};
  if (request.who.business) {
    auto business = request.db.business(request.who.business);
    if (!business) return business.error();
    shown["business"] = view(*business);
  }
  return json_response(200, shown);
}

answer show_overview(api_request& request) {
  auto all = request.db.whole_overview();
  if (!all) return all.error();
  auto nodes = json_out::array();
  for (const auto& node : all->nodes)
    nodes.push_back(
        {{"name", node.name}, {"shards", node.shards}, {"since", time_or_null(node.since)}});
  auto checks = json_out::object();
  bool ready = true;
  for (const auto& check : request.ready()) {
    ready = ready && check.ok;
    checks[check.name] = {{"ok", check.ok}, {"message", text_or_null(check.message)}};
  }
  const auto& count = request.count;
  return json_response(200, {{"businesses", all->businesses},
                             {"active", all->active},
                             {"in_doubt", all->in_doubt},
                             {"runs_open", all->runs_open},
                             {"nodes", std::move(nodes)},
                             {"ready", ready},
                             {"checks", std::move(checks)},
                             {"calls_placed", count.calls_placed.load()},
                             {"calls_ended", count.calls_ended.load()},
                             {"callbacks", count.callbacks.load()},
                             {"carrier_errors", count.carrier_errors.load()},
                             {"carrier_429", count.carrier_429.load()},
                             {"listeners", request.desk.streams()}});
}

namespace {

bool is_truth(const std::string& text) {
  return text.empty() || text == "true" || text == "false";
}

failure not_a_truth(const char* field) {
  return {failure_kind::invalid, "out_of_range", std::string(field) + " must be true or false",
          field};
}

} // namespace

answer list_overview(api_request& request) {
  query_reader in(request.http.query());
  const auto search = in.text("search", 100);
  const auto busy = in.text("busy", 5);
  const auto in_doubt = in.text("in_doubt", 5);
  const auto page = in.page();
  if (auto why = in.refusal()) return *why;
  if (!is_truth(busy)) return not_a_truth("busy");
  if (!is_truth(in_doubt)) return not_a_truth("in_doubt");
  const auto choice = in_doubt == "true" ? overview_choice::in_doubt
                      : busy == "true"   ? overview_choice::busy
                                         : overview_choice::all;
  auto found = request.db.overview_page(search, choice, page.limit, page.cursor);
  if (!found) return found.error();
  return json_response(200, page_view(*found));
}

answer show_pulse(api_request& request) {
  auto beat = request.db.pulse_of(request.ids.business, request.now);
  if (!beat) return beat.error();
  return json_response(200, view(*beat));
}

answer stream_events(api_request& request) {
  const auto* last = request.http.header("Last-Event-ID");
  auto stream = request.desk.open(request.ids.business, last == nullptr ? std::string() : *last,
                                  request.who.key);
  if (!stream) return stream.error();
  http_response response;
  response.content_type = "text/event-stream; charset=utf-8";
  // Proxies that collect answers would hold the events back.
  response.headers.emplace_back("X-Accel-Buffering", "no");
  response.stream = std::move(*stream);
  return response;
}

} // namespace ringmaster::net::api
