#include "net/api/event_texts.hpp"

#include "net/api/json_line.hpp"

namespace ringmaster::net::api {

namespace {

void begin_event(std::string& text, std::string_view event, std::string_view id) {
  text.append("event: ").append(event);
  if (!id.empty()) text.append("\nid: ").append(id);
  text += "\ndata: ";
}

/// When the call has left, nothing of it is in the slot any more.
void put_slot(std::string& text, const slot_view& call) {
  const bool is_free = call.state == slot_state::free;
  static const slot_view nothing;
  const auto& in_it = is_free ? nothing : call;
  json_line line(text);
  line.put("slot", call.slot.value).put("state", to_string(call.state));
  is_free ? line.put_null("since") : line.put("since", call.since);
  line.put_id("job_id", in_it.job.value)
      .put_id("run_id", in_it.run.value)
      .put_id("lead_id", in_it.lead.value)
      .put_or_null("call_sid", in_it.sid.value);
  is_free ? line.put_null("progress") : line.put("progress", to_string(call.progress));
  line.put("attempt", std::int64_t{in_it.attempt})
      .put_time_or_null("answered_at", in_it.answered_at)
      .put_or_null("phone_e164", in_it.phone.value)
      .put("first_name", in_it.first_name)
      .put("last_name", in_it.last_name)
      .end();
}

void put_job(std::string& text, const event& e) {
  const auto& call = e.call;
  json_line(text)
      .put("id", call.job.value)
      .put_id("run_id", e.run.value)
      .put("lead_id", call.lead.value)
      .put("phone_e164", call.phone.value)
      .put("first_name", call.first_name)
      .put("last_name", call.last_name)
      .put("status", to_string(e.job_now))
      .put("state", e.state)
      .put("slot", std::int64_t{call.slot.value})
      .put("attempt", std::int64_t{call.attempt})
      .put_or_null("outcome", e.detail)
      .put_or_null("call_sid", call.sid.value)
      .put("started_at", call.since)
      .put_time_or_null("answered_at", call.answered_at)
      .put("at", e.at)
      .end();
}

} // namespace

std::string sse(const std::string& event, const json_out& data, const std::string& id) {
  std::string text;
  begin_event(text, event, id);
  // JSON on one line: no line of the data can be taken for a field.
  text += data.dump(-1, ' ', false, json_out::error_handler_t::replace);
  return text += "\n\n";
}

std::string call_texts(const call_change& changed, const std::string& id) {
  constexpr std::size_t usual = 1024;
  std::string text;
  text.reserve(usual);
  if (!changed.slot_is_told_later) {
    begin_event(text, "slot", {});
    put_slot(text, changed.what.call);
    text += "\n\n";
  }
  begin_event(text, "job", id);
  put_job(text, changed.what);
  return text += "\n\n";
}

} // namespace ringmaster::net::api
