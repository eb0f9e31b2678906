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
  if (e.call.state != slot_state::free) return e.call;
  slot_view left; // nothing of the call is in it any more
  left.slot = e.call.slot;
  left.state = slot_state::free;
  return left;
}

json_out job_of(const event& e) {
  const auto& call = e.call;
  return {{"id", call.job.value},
          {"run_id", e.run ? json_out(e.run.value) : json_out()},
          {"lead_id", call.lead.value},
          {"phone_e164", call.phone.value},
          {"first_name", call.first_name},
          {"last_name", call.last_name},
          {"status", std::string(to_string(e.job_now))},
          {"state", e.state},
          {"slot", call.slot.value},
          {"attempt", call.attempt},
          {"outcome", text_or_null(e.detail)},
          {"call_sid", text_or_null(call.sid.value)},
          {"started_at", format_time(call.since)},
          {"answered_at", call.answered_at ? json_out(format_time(*call.answered_at)) : json_out()},
          {"at", format_time(e.at)}};
}

} // namespace

std::string call_texts(const event& happened, const std::string& id) {
  return sse("slot", view(slot_of(happened))) + sse("job", job_of(happened), id);
}

} // namespace ringmaster::net::api
