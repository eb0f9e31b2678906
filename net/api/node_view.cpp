#include "net/api/node_view.hpp"

#include "net/api/openapi.hpp"
#include "net/api/responses.hpp"

#include <unistd.h>

#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace ringmaster::net::api {
namespace {

void add_metric(std::string& text, const std::string& name, const char* type, const char* help,
                std::uint64_t value) {
  text += "# HELP ringmaster_" + name + " " + help + "\n";
  text += "# TYPE ringmaster_" + name + " " + type + "\n";
  text += "ringmaster_" + name + " " + std::to_string(value) + "\n";
}

/// Resident memory of this process; 0 when the system does not tell.
std::uint64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t all = 0, resident = 0;
  if (!(statm >> all >> resident)) return 0;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

struct counter_text {
  counters::counter counters::*value;
  const char* name;
  const char* help;
};

constexpr counter_text counter_texts[] = {
    {&counters::calls_claimed, "calls_claimed", "Jobs that took a slot"},
    {&counters::calls_placed, "calls_placed", "Calls that the carrier has accepted"},
    {&counters::calls_in_doubt, "calls_in_doubt", "Create requests without a usable answer"},
    {&counters::calls_ended, "calls_ended", "Calls that ended"},
    {&counters::calls_requeued, "calls_requeued", "Attempts that went back to the queue"},
    {&counters::callbacks, "callbacks", "Callbacks of the carrier"},
    {&counters::callbacks_stale, "callbacks_stale", "Callbacks that changed nothing"},
    {&counters::callbacks_refused, "callbacks_refused", "Callbacks with a bad signature"},
    {&counters::looks, "looks", "Questions about calls put to the carrier"},
    {&counters::looks_failed, "looks_failed", "Questions without a usable answer"},
    {&counters::calls_reconciled, "calls_reconciled", "Ends that the carrier told only when asked"},
    {&counters::calls_proven_absent, "calls_proven_absent", "Calls in doubt that never were"},
    {&counters::strays_found, "strays_found", "Calls found outside the slots"},
    {&counters::strays_ended, "strays_ended", "Of those, the ones that have ended"},
    {&counters::calls_missing, "calls_missing", "Held calls that the carrier does not know"},
    {&counters::calls_missing_settled, "calls_missing_settled", "Of those, the ones settled"},
    {&counters::carrier_errors, "carrier_errors", "Create requests that the carrier refused"},
    {&counters::carrier_429, "carrier_429", "Create requests answered 429"},
    {&counters::store_batches, "store_batches", "Transactions of the store"},
    {&counters::store_requests, "store_requests", "Requests in those transactions"},
    {&counters::store_splits, "store_splits", "Batches that were done one by one"},
    {&counters::store_reconnects, "store_reconnects", "Connections of the store that were lost"},
    {&counters::supervisors_started, "supervisors_started", "Supervisors started"},
    {&counters::supervisors_restarted, "supervisors_restarted", "Supervisors started again"},
    {&counters::supervisors_reloaded, "supervisors_reloaded", "Supervisors that read all again"},
    {&counters::supervisors_left, "supervisors_left", "Supervisors that had nothing left to do"},
    {&counters::runs_restarted, "runs_restarted", "Run actors started again"},
    {&counters::http_requests, "http_requests", "Requests to the API"},
    {&counters::http_refused, "http_refused", "Requests refused because too many wait"},
    {&counters::log_dropped, "log_dropped", "Log records dropped because the log was stuck"},
};

} // namespace

http_response say_alive(const node_view&) {
  return json_response(200, {{"alive", true}});
}

http_response show_metrics(const node_view& node) {
  http_response response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  for (const auto& counter : counter_texts)
    add_metric(response.body, std::string(counter.name) + "_total", "counter", counter.help,
               (node.count.*counter.value).load());
  add_metric(response.body, "api_quick_waiting", "gauge", "Requests that wait for a quick thread",
             node.quick_waiting);
  add_metric(response.body, "api_bulk_waiting", "gauge", "Requests that wait for a bulk thread",
             node.bulk_waiting);
  add_metric(response.body, "resident_memory_bytes", "gauge", "Resident memory of the process",
             resident_bytes());
  return response;
}

http_response show_openapi(const node_view&) {
  http_response response;
  response.content_type = "application/json; charset=utf-8";
  response.body = std::string(openapi_document());
  return response;
}

http_response show_front_page(const node_view&) {
  http_response response;
  response.content_type = "text/html; charset=utf-8";
  response.body = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                  "<title>Ringmaster</title></head>\n<body><h1>Ringmaster</h1>\n"
                  "<p>Places bulk outbound phone calls for many businesses, never more live calls "
                  "per business than it has slots.</p>\n"
                  "<ul><li><a href=\"/api/openapi.json\">The API</a> (OpenAPI 3.1)</li>\n"
                  "<li><a href=\"/healthz\">Alive?</a> <a href=\"/readyz\">Ready?</a> "
                  "<a href=\"/metrics\">Metrics</a></li></ul></body></html>\n";
  return response;
}

} // namespace ringmaster::net::api
