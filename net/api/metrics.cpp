#include "net/api/metrics.hpp"

#include "actors/roster.hpp"
#include "actors/states.hpp"

#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace ringmaster::net::api {
namespace {

/// One family after another; a value may stand under several labels.
class writer {
public:
  void family(const std::string& name, const char* type, const char* help) {
    name_ = "ringmaster_" + name;
    text_ += "# HELP " + name_ + " " + help + "\n# TYPE " + name_ + " " + type + "\n";
  }
  template <class Value>
  void value(Value value, const std::string& labels = {}, const char* suffix = "") {
    std::ostringstream number;
    number.precision(15);
    number << value;
    text_ +=
        name_ + suffix + (labels.empty() ? "" : "{" + labels + "}") + " " + number.str() + "\n";
  }
  template <class Value>
  void one(const std::string& name, const char* type, const char* help, Value only) {
    family(name, type, help);
    value(only);
  }
  /// `unit`: what one observed unit is, in the metric's.
  template <class Bounds>
  void buckets(const std::string& name, const char* help, const histogram<Bounds>& what,
               double unit) {
    family(name, "histogram", help);
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < Bounds::values.size(); ++i) {
      below += what.in(i);
      std::ostringstream bound;
      bound << static_cast<double>(Bounds::values[i]) * unit;
      value(below, "le=\"" + bound.str() + "\"", "_bucket");
    }
    below += what.in(Bounds::values.size());
    value(below, "le=\"+Inf\"", "_bucket");
    value(static_cast<double>(what.sum()) * unit, {}, "_sum");
    value(below, {}, "_count");
  }

  std::string take() { return std::move(text_); }

private:
  std::string text_, name_;
};

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
    {&counters::log_dropped, "log_dropped", "Log records dropped because the log was stuck"},
    {&counters::console_commands, "console_commands", "Commands given at the console"},
    {&counters::console_refused, "console_refused", "Of those, the ones that were refused"},
    {&counters::tls_handshakes_failed, "tls_handshakes_failed", "TLS handshakes that failed"},
    {&counters::certificates_refused, "certificates_refused", "New certificates that were no good"},
};

constexpr double microsecond = 1e-6;

void add_calls(writer& out, const counters& count) {
  out.family("calls_ended_by_outcome_total", "counter", "Calls that ended, by their outcome");
  for (std::size_t i = 0; i < counters::outcomes; ++i)
    out.value(count.ended_as[i].load(),
              "outcome=\"" + std::string(to_string(static_cast<call_outcome>(i))) + "\"");
  out.value(count.ended_cancelled.load(), "outcome=\"none\"");
  const auto& slots = *count.slots;
  const auto doubt = slots.in_doubt.load();
  out.one("slots_held", "gauge", "Slots that are reserved or hold a call", slots.held.load());
  out.one("slots_limit", "gauge", "Slots of all businesses that have something to do",
          slots.limit.load());
  out.family("calls_live", "gauge", "Slots held, by what is known of their call");
  out.value(slots.held.load() - doubt, "state=\"under_way\"");
  out.value(doubt, "state=\"in_doubt\"");
  out.buckets("slot_gap_seconds",
              "From the callback that freed a slot to its next create request (up to a minute)",
              count.slot_gap, microsecond);
  out.one("slot_idle_seconds_total", "counter", "Time that slots stood free while leads waited",
          static_cast<double>(count.slot_gap.sum()) * microsecond);
}

void add_carrier(writer& out, const counters& count) {
  out.family("carrier_refused_total", "counter",
             "Create requests that made no call, by the answer's HTTP status (none: no answer)");
  for (std::size_t i = 0; i < counters::answer_codes.size(); ++i) {
    const auto code = counters::answer_codes[i];
    out.value(count.refused_with[i].load(),
              "code=\"" + (code == 0 ? "none" : std::to_string(code)) + "\"");
  }
  out.value(count.refused_with.back().load(), "code=\"other\"");
  out.buckets("carrier_answer_seconds", "How long the carrier took to answer create requests",
              count.carrier_answer, microsecond);
  out.buckets("webhook_answer_seconds", "How long genuine callbacks took to be answered",
              count.webhook_answer, microsecond);
}

void add_store(writer& out, const counters& count) {
  out.buckets("store_commit_seconds", "How long the store's transactions took", count.store_commit,
              microsecond);
  out.buckets("store_batch_requests", "Requests that shared a transaction", count.store_batch, 1);
}

void add_actors(writer& out, const node_view& node) {
  if (node.roster == nullptr) return;
  out.family("mailbox_messages", "gauge", "Messages that wait, of all actors of a kind");
  for (const auto& [kind, waiting] : node.roster->waiting())
    out.value(waiting, "kind=\"" + kind + "\"");
}

void add_limits(writer& out, const node_view& node) {
  static const limit_counts none;
  const auto& count = node.limits ? *node.limits : none;
  out.one("http_keys_wrong_total", "counter", "Requests with a key that is not valid",
          count.keys_wrong.load());
  out.family("http_limited_total", "counter", "Requests refused because they came too often");
  out.value(count.keys_limited.load(), "by=\"key\"");
  out.value(count.addresses_limited.load(), "by=\"address\"");
}

/// CPU time and threads: fields 14, 15 and 20 of /proc/self/stat.
void add_process(writer& out) {
  std::ifstream statm("/proc/self/statm"), stat("/proc/self/stat");
  std::uint64_t all = 0, resident = 0;
  if (statm >> all >> resident)
    out.one("resident_memory_bytes", "gauge", "Resident memory of the process",
            resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)));
  std::string line;
  std::getline(stat, line);
  std::istringstream rest(line.substr(std::min(line.rfind(')') + 2, line.size())));
  std::vector<std::string> fields;
  for (std::string field; rest >> field;)
    fields.push_back(field);
  constexpr std::size_t user = 11, system = 12, threads = 17;
  if (fields.size() > threads) {
    const auto ticks = std::stod(fields[user]) + std::stod(fields[system]);
    out.one("cpu_seconds_total", "counter", "Processor time of the process",
            ticks / static_cast<double>(sysconf(_SC_CLK_TCK)));
    out.one("threads", "gauge", "Threads of the process", std::stoll(fields[threads]));
  }
  std::error_code trouble;
  const std::filesystem::directory_iterator files("/proc/self/fd", trouble);
  if (!trouble)
    out.one("open_files", "gauge", "Open files and sockets of the process",
            std::distance(begin(files), end(files)));
}

} // namespace

std::string metrics_text(const node_view& node) {
  writer out;
  for (const auto& counter : counter_texts)
    out.one(std::string(counter.name) + "_total", "counter", counter.help,
            (node.count.*counter.value).load());
  add_calls(out, node.count);
  add_carrier(out, node.count);
  add_store(out, node.count);
  add_actors(out, node);
  add_limits(out, node);
  out.one("api_quick_waiting", "gauge", "Requests that wait for a quick thread",
          node.quick_waiting);
  out.one("api_bulk_waiting", "gauge", "Requests that wait for a bulk thread", node.bulk_waiting);
  out.one("event_listeners", "gauge", "Open streams of events", node.listeners);
  out.one("certificate_ends_timestamp_seconds", "gauge",
          "When the server's own certificate ends, since 1970 (0: it speaks no TLS)",
          node.count.certificate_ends_s.load());
  add_process(out);
  return out.take();
}

} // namespace ringmaster::net::api
