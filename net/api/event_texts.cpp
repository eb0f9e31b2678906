#include "net/api/event_texts.hpp"

#include "net/api/rfc3339.hpp"
#include "net/api/views.hpp"

namespace ringmaster::net::api {

std::string sse(const std::string& event, const json_out& data, const std::string& id) {
  std::string text = "event: " + event + "\n";
  if (!id.empty()) text += "id: " + id + "\n";
  // JSON on one line: no line of the data can be taken for a field.
  text += "data: " + data.dump(-1, ' ', false, json_out::error_handler_t::replace) + "\n\n";
  return text;
}

namespace {

slot_view slot_of(const event& e) {
  slot_view slot;
  slot.slot = e.slot;
  slot.state = e.slot_now;
  if (e.slot_now == slot_state::free) return slot;
  slot.since = e.since;
  slot.job = e.job;
  slot.run = e.run;
  slot.lead = e.lead;
  slot.sid = e.sid;
  slot.progress = e.progress;
  slot.attempt = e.attempt;
  slot.answered_at = e.answered_at;
  slot.phone = e.phone;
  slot.first_name = e.first_name;
  slot.last_name = e.last_name;
  return slot;
}

json_out job_of(const event& e) {
  return {{"id", e.job.value},
          {"run_id", e.run ? json_out(e.run.value) : json_out()},
          {"lead_id", e.lead.value},
          {"phone_e164", e.phone.value},
          {"first_name", e.first_name},
          {"last_name", e.last_name},
          {"status", std::string(to_string(e.job_now))},
          {"state", e.state},
          {"slot", e.slot.value},
          {"attempt", e.attempt},
          {"outcome", text_or_null(e.detail)},
          {"call_sid", text_or_null(e.sid.value)},
          {"started_at", format_time(e.since)},
          {"answered_at", e.answered_at ? json_out(format_time(*e.answered_at)) : json_out()},
          {"at", format_time(e.at)}};
}

} // namespace

std::string call_texts(const event& happened, const std::string& id) {
  return sse("slot", view(slot_of(happened))) + sse("job", job_of(happened), id);
}

} // namespace ringmaster::net::api
