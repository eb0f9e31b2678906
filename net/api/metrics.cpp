#include "net/api/metrics.hpp"

#include "actors/roster.hpp"
#include "actors/states.hpp"
#include "net/api/metric_families.hpp"
#include "net/api/process_metrics.hpp"

#include <prometheus/text_serializer.h>

namespace ringmaster::net::api {
namespace {

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
    {&counters::callbacks_malformed, "callbacks_malformed", "Requests that can be no callback"},
    {&counters::callbacks_unstored, "callbacks_unstored", "Callbacks answered 503, to come again"},
    {&counters::looks, "looks", "Questions about calls put to the carrier"},
    {&counters::looks_failed, "looks_failed", "Questions without a usable answer"},
    {&counters::looks_listed, "looks_listed", "Questions that a listing of live calls answered"},
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
    {&counters::log_dropped, "log_dropped",
     "Log records lost to a console or disk that was stuck or full"},
    {&counters::console_commands, "console_commands", "Commands given at the console"},
    {&counters::console_refused, "console_refused", "Of those, the ones that were refused"},
    {&counters::tls_handshakes_failed, "tls_handshakes_failed", "TLS handshakes that failed"},
    {&counters::certificates_refused, "certificates_refused", "New certificates that were no good"},
};

constexpr double second = 1e6; ///< in microseconds

void add_calls(metric_families& out, const counters& count) {
  out.counter("calls_ended_by_outcome", "Calls that ended, by their outcome");
  for (std::size_t i = 0; i < counters::outcomes; ++i)
    out.value(static_cast<double>(count.ended_as[i]),
              {{"outcome", std::string(to_string(static_cast<call_outcome>(i)))}});
  out.value(static_cast<double>(count.ended_cancelled), {{"outcome", "none"}});
  const auto& slots = count.slots;
  out.one_gauge("slots_held", "Slots that are reserved or hold a call",
                static_cast<double>(slots.held()));
  out.one_gauge("slots_limit", "Slots of all businesses that have something to do",
                static_cast<double>(slots.limit));
  out.gauge("calls_live", "Slots held, by the state of their call (reserved: about to be dialled)");
  out.value(static_cast<double>(slots.of(slot_state::reserved)), {{"state", "reserved"}});
  for (const auto state : {slot_state::dialing, slot_state::calling, slot_state::in_doubt})
    out.value(static_cast<double>(slots.of(state)), {{"state", to_string(state)}});
  out.buckets("slot_gap_seconds",
              "From the callback that freed a slot to its next create request, while leads waited",
              count.slot_gap, second);
  out.one_counter("slot_idle_seconds", "Time that slots stood free while leads waited",
                  static_cast<double>(count.slot_gap.sum()) / second);
}

void add_carrier(metric_families& out, const counters& count) {
  out.counter("carrier_refused",
              "Create requests that made no call, by the answer's HTTP status (none: no answer)");
  for (std::size_t i = 0; i < counters::answer_codes.size(); ++i) {
    const auto code = counters::answer_codes[i];
    out.value(static_cast<double>(count.refused_with[i]),
              {{"code", code == 0 ? "none" : std::to_string(code)}});
  }
  out.value(static_cast<double>(count.refused_with.back()), {{"code", "other"}});
  out.buckets("carrier_answer_seconds", "How long the carrier took to answer create requests",
              count.carrier_answer, second);
  out.buckets("webhook_answer_seconds", "How long genuine callbacks took to be answered",
              count.webhook_answer, second);
}

void add_store(metric_families& out, const counters& count) {
  out.buckets("store_commit_seconds", "How long the store's transactions took", count.store_commit,
              second);
  out.buckets("store_batch_requests", "Requests that shared a transaction", count.store_batch, 1);
}

void add_actors(metric_families& out, const node_view& node) {
  if (node.roster == nullptr) return;
  out.gauge("mailbox_messages", "Messages that wait, of all actors of a kind");
  for (const auto& [kind, waiting] : node.roster->waiting())
    out.value(static_cast<double>(waiting), {{"kind", kind}});
}

void add_limits(metric_families& out, const node_view& node) {
  static const limit_counts none;
  const auto& count = node.limits ? *node.limits : none;
  out.one_counter("http_keys_wrong", "Requests with a key that is not valid",
                  static_cast<double>(count.keys_wrong));
  out.counter("http_limited", "Requests refused because they came too often");
  out.value(static_cast<double>(count.keys_limited), {{"by", "key"}});
  out.value(static_cast<double>(count.addresses_limited), {{"by", "address"}});
}

void add_checks(metric_families& out, const node_view& node) {
  out.gauge("ready", "1: well, 0: not, by the checks of /readyz");
  for (const auto& check : node.checks)
    out.value(check.ok ? 1 : 0, {{"check", check.name}});
  out.one_gauge("waiting", "1: does not serve, as when another server works on its database",
                node.waiting ? 1 : 0);
}

} // namespace

std::string metrics_text(const node_view& node) {
  metric_families out;
  for (const auto& counter : counter_texts)
    out.one_counter(counter.name, counter.help, static_cast<double>(node.count.*counter.value));
  add_calls(out, node.count);
  add_carrier(out, node.count);
  add_store(out, node.count);
  add_actors(out, node);
  add_limits(out, node);
  add_checks(out, node);
  out.one_gauge("api_quick_waiting", "Requests that wait for a quick thread",
                static_cast<double>(node.quick_waiting));
  out.one_gauge("api_bulk_waiting", "Requests that wait for a bulk thread",
                static_cast<double>(node.bulk_waiting));
  out.one_gauge("event_listeners", "Open streams of events", static_cast<double>(node.listeners));
  out.one_gauge("certificate_ends_timestamp_seconds",
                "When the server's own certificate ends, since 1970 (0: it speaks no TLS)",
                static_cast<double>(node.count.certificate_ends_s.load()));
  add_process(out);
  return prometheus::TextSerializer().Serialize(out.all());
}

} // namespace ringmaster::net::api
