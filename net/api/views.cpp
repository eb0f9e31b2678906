#include "net/api/views.hpp"

#include "net/api/rfc3339.hpp"

namespace ringmaster::net::api {
namespace {

template <class Id>
json_out id_or_null(Id id) {
  return id ? json_out(id.value) : json_out(nullptr);
}

json_out outcome_view(const std::optional<call_outcome>& outcome) {
  return outcome ? json_out(std::string(to_string(*outcome))) : json_out(nullptr);
}

template <class T>
json_out value_or_null(const std::optional<T>& value) {
  return value ? json_out(*value) : json_out(nullptr);
}

json_out counts_view(const run_counts& counts) {
  return {{"total", counts.total},         {"queued", counts.queued},
          {"dialing", counts.dialing},     {"calling", counts.calling},
          {"completed", counts.completed}, {"failed", counts.failed},
          {"cancelled", counts.cancelled}};
}

json_out forecast_view(const std::optional<run_forecast>& forecast) {
  if (!forecast) return nullptr;
  return {{"at", format_time(forecast->likely)},
          {"earliest", format_time(forecast->earliest)},
          {"latest", format_time(forecast->latest)},
          {"based_on_calls", forecast->based_on}};
}

double progress_of(const run_record& run) {
  const auto ended = run.counts.completed + run.counts.failed + run.counts.cancelled;
  if (run.counts.total > 0)
    return static_cast<double>(ended) / static_cast<double>(run.counts.total);
  return is_terminal(run.status) ? 1.0 : 0.0;
}

} // namespace

json_out text_or_null(const std::string& text) {
  return text.empty() ? json_out(nullptr) : json_out(text);
}

json_out time_or_null(const std::optional<time_point>& at) {
  return at ? json_out(format_time(*at)) : json_out(nullptr);
}

json_out script_view(const std::string& script) {
  if (script.empty()) return nullptr;
  auto parsed = json_out::parse(script, nullptr, false);
  return parsed.is_discarded() ? json_out(nullptr) : parsed;
}

json_out view(const business_record& business) {
  return {{"id", business.id.value},
          {"name", business.name},
          {"phone_e164", business.phone.value},
          {"max_outbound_calls", business.max_outbound_calls},
          {"time_zone", business.time_zone},
          {"region", business.region},
          {"default_script", script_view(business.default_script)},
          {"ring_timeout_s", business.ring_timeout_s},
          {"redial_in_doubt", business.redial_in_doubt},
          {"suspended", business.suspended},
          {"created_at", format_time(business.created_at)}};
}

json_out view(const lead_record& lead) {
  return {{"id", lead.id.value},
          {"phone_e164", lead.phone.value},
          {"first_name", lead.first_name},
          {"last_name", lead.last_name},
          {"external_id", lead.external_id},
          {"time_zone", lead.time_zone},
          {"notes", lead.notes},
          {"status", lead.status},
          {"created_at", format_time(lead.created_at)}};
}

json_out view(const run_record& run) {
  json_out seen{{"id", run.id.value},
                {"run_id", run.id.value},
                {"name", run.name},
                {"status", std::string(to_string(run.status))},
                {"concurrency", run.concurrency},
                {"script", script_view(run.script)},
                {"counts", counts_view(run.counts)}};
  // The counts stand at the top too, where a reader of one number looks first.
  seen.update(counts_view(run.counts));
  seen.update(json_out{{"progress", progress_of(run)},
                       {"eta", forecast_view(run.forecast)},
                       {"skipped_count", run.skipped_count},
                       {"error", text_or_null(run.error)},
                       {"request_id", text_or_null(run.request)},
                       {"created_at", format_time(run.created_at)},
                       {"started_at", time_or_null(run.started_at)},
                       {"ended_at", time_or_null(run.ended_at)}});
  return seen;
}

json_out view(const job_record& job) {
  return {{"id", job.id.value},
          {"run_id", id_or_null(job.run)},
          {"lead_id", job.lead.value},
          {"phone_e164", job.phone.value},
          {"first_name", job.first_name},
          {"last_name", job.last_name},
          {"status", std::string(to_string(job.status))},
          {"attempts", job.attempts},
          {"outcome", outcome_view(job.outcome)},
          {"in_doubt", job.in_doubt},
          {"call_sid", text_or_null(job.sid.value)},
          {"dial_started_at", time_or_null(job.dial_started_at)},
          {"ended_at", time_or_null(job.ended_at)},
          {"next_attempt_at", time_or_null(job.next_attempt_at)},
          {"duration_s", value_or_null(job.duration_s)},
          {"error", text_or_null(job.error)}};
}

json_out view(const call_record& call) {
  return {{"job_id", call.job.value},
          {"attempt", call.attempt},
          {"run_id", id_or_null(call.run)},
          {"lead_id", call.lead.value},
          {"phone_e164", call.phone.value},
          {"first_name", call.first_name},
          {"last_name", call.last_name},
          {"slot", call.slot.value},
          {"call_sid", text_or_null(call.sid.value)},
          {"status", call.status},
          {"outcome", outcome_view(call.outcome)},
          {"started_at", format_time(call.started_at)},
          {"answered_at", time_or_null(call.answered_at)},
          {"ended_at", time_or_null(call.ended_at)},
          {"duration_s", value_or_null(call.duration_s)},
          {"error", text_or_null(call.error)}};
}

json_out view(const slot_view& slot) {
  const bool is_free = slot.state == slot_state::free;
  return {{"slot", slot.slot.value},
          {"state", std::string(to_string(slot.state))},
          {"since", is_free ? json_out(nullptr) : json_out(format_time(slot.since))},
          {"job_id", id_or_null(slot.job)},
          {"run_id", id_or_null(slot.run)},
          {"lead_id", id_or_null(slot.lead)},
          {"call_sid", text_or_null(slot.sid.value)},
          {"progress", is_free ? json_out() : json_out(std::string(to_string(slot.progress)))},
          {"attempt", slot.attempt},
          {"answered_at", slot.answered_at ? json_out(format_time(*slot.answered_at)) : json_out()},
          {"phone_e164", text_or_null(slot.phone.value)},
          {"first_name", slot.first_name},
          {"last_name", slot.last_name}};
}

json_out view(const pulse& beat) {
  return {{"calls_last_minute", beat.calls_last_minute},
          {"calls_per_minute", beat.calls},
          {"busy_share", beat.busy_share}};
}

json_out view(const audit_record& entry) {
  return {{"id", entry.id},
          {"at", format_time(entry.at)},
          {"who", entry.who},
          {"business_id", id_or_null(entry.business)},
          {"what", entry.what},
          {"subject", entry.subject == 0 ? json_out() : json_out(entry.subject)},
          {"detail", script_view(entry.detail)},
          {"request_id", text_or_null(entry.request)}};
}

json_out view(const key_record& key) {
  return {{"id", key.id},
          {"name", key.name},
          {"role", std::string(to_string(key.role))},
          {"created_at", format_time(key.created_at)},
          {"expires_at", time_or_null(key.expires_at)},
          {"revoked_at", time_or_null(key.revoked_at)},
          {"last_used_at", time_or_null(key.last_used_at)},
          {"replaced_by", key.replaced_by == 0 ? json_out() : json_out(key.replaced_by)}};
}

json_out view(const busy_business& business) {
  return {{"id", business.id.value},         {"name", business.name},
          {"phone_e164", business.phone},    {"limit", business.limit},
          {"active", business.active},       {"in_doubt", business.in_doubt},
          {"runs_open", business.runs_open}, {"calls_last_minute", business.calls_last_minute},
          {"suspended", business.suspended}};
}

} // namespace ringmaster::net::api
