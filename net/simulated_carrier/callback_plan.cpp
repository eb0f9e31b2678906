#include "net/simulated_carrier/callback_plan.hpp"

#include "net/simulated_carrier/carrier_time.hpp"

namespace ringmaster::net::sim {

namespace {

enum callback_draw : std::uint64_t {
  draw_delay = 2'000,
  draw_token,
  draw_sip,
  draw_skew,
  draw_stranger,
  draw_conflict
};

const char* country_of(std::string_view number) {
  if (number.substr(0, 2) == "+1") return "US";
  if (number.substr(0, 4) == "+972") return "IL";
  if (number.substr(0, 3) == "+44") return "GB";
  return "";
}

std::string uuid(std::uint64_t a, std::uint64_t b) {
  std::string text;
  text.reserve(36);
  append_hex(text, a >> 32, 8);
  append_hex(text += '-', a >> 16, 4);
  append_hex(text += "-4", a, 3);
  append_hex(text += '-', 0x8000 | (b >> 48 & 0x3fff), 4);
  append_hex(text += '-', b, 12);
  return text;
}

void set_field(field_list& fields, std::string_view name, std::string value) {
  for (auto& f : fields)
    if (f.first == name) f.second = std::move(value);
}

const char* sip_code(const call& c, bool odd) {
  static const char* failing[] = {"487", "486", "404", "503", "603"};
  if (odd) return failing[c.draws.between(draw_sip, 0, 4)];
  switch (c.status) {
  case call_status::busy:
    return "486";
  case call_status::no_answer:
  case call_status::canceled:
    return "487";
  case call_status::failed:
    return failing[c.draws.between(draw_sip, 2, 4)];
  default:
    return "200";
  }
}

} // namespace

field_list callback_plan::base_fields(const call& c, std::string_view status) const {
  const auto& r = c.request;
  field_list fields;
  fields.reserve(24);
  auto add = [&](std::string_view name, std::string_view value) {
    fields.emplace_back(name, value);
  };
  add("AccountSid", account_sid_);
  add("ApiVersion", "2010-04-01");
  add("CallSid", c.sid);
  add("CallStatus", status);
  add("Called", r.to);
  add("CalledCountry", country_of(r.to));
  add("Caller", r.from);
  add("CallerCountry", country_of(r.from));
  add("Direction", "outbound-api");
  add("From", r.from);
  add("FromCity", "");
  add("FromCountry", country_of(r.from));
  add("To", r.to);
  add("ToCity", "");
  add("ToCountry", country_of(r.to));
  if (!c.answered_by.empty()) fields.emplace_back("AnsweredBy", c.answered_by);
  return fields;
}

webhook callback_plan::status_callback(const call& c, callback_event event, std::string_view status,
                                       std::int32_t sequence, time_point now) const {
  webhook w;
  w.call = c.id;
  w.kind = webhook_kind::status;
  w.target = c.request.status;
  w.sequence = faults_.strikes(fault::sequence_zero, c.draws) ? 0 : sequence;
  w.token = uuid(c.draws.bits(draw_token), mix(c.id, static_cast<std::uint64_t>(sequence)));
  w.fields = base_fields(c, status);
  auto stamp = now;
  if (faults_.strikes(fault::clock_skew, c.draws)) {
    milliseconds skew{faults_.amounts.skew_ms};
    stamp += c.draws.happens(draw_skew, 0.5) ? skew : -skew;
  }
  w.fields.emplace_back("CallbackSource", "call-progress-events");
  w.fields.emplace_back("SequenceNumber", std::to_string(w.sequence));
  w.fields.emplace_back("Timestamp", rfc2822(stamp));
  if (event != callback_event::completed) return w;
  w.fields.emplace_back("CallDuration", std::to_string(c.duration.count()));
  w.fields.emplace_back("Duration", std::to_string((c.duration.count() + 59) / 60));
  w.fields.emplace_back("SipResponseCode",
                        sip_code(c, faults_.strikes(fault::odd_sip_code, c.draws)));
  if (c.error_code != 0) w.fields.emplace_back("ErrorCode", std::to_string(c.error_code));
  return w;
}

bool callback_plan::wanted(const call& c, callback_event event) const {
  const auto& r = c.request;
  if (r.events_unreadable || !r.wants(event) || c.silent) return false;
  if (event == callback_event::ringing && faults_.strikes(fault::ringing_missing, c.draws))
    return false;
  return r.answer.url.empty() ? !faults_.strikes(fault::twiml_without_callbacks, c.draws) : true;
}

void callback_plan::on_event(call& c, callback_event event, time_point now,
                             std::vector<planned_webhook>& out) const {
  if (c.request.status.url.empty()) return;
  auto first = out.size();
  if (event != callback_event::completed) add_forged(c, event, now, out);
  if (wanted(c, event)) add_genuine(c, event, now, out);
  auto storm = milliseconds{faults_.amounts.storm_ms};
  if (storm.count() == 0 || !faults_.strikes(fault::storm, c.draws)) return;
  for (auto i = first; i < out.size(); ++i) {
    auto at = out[i].at.time_since_epoch();
    out[i].at = time_point{(at / storm + 1) * std::chrono::duration_cast<microseconds>(storm)};
  }
}

void callback_plan::add_genuine(call& c, callback_event event, time_point now,
                                std::vector<planned_webhook>& out) const {
  auto sequence = c.next_sequence++;
  if (faults_.strikes(fault::lost_all, c.draws)) return;
  if (event == callback_event::completed && faults_.strikes(fault::lost_completed, c.draws)) return;
  auto status =
      event == callback_event::initiated ? std::string_view("initiated") : to_string(c.status);
  auto round = static_cast<std::uint64_t>(sequence);
  planned_webhook genuine{now, status_callback(c, event, status, sequence, now)};
  if (faults_.strikes(fault::late_callbacks, c.draws))
    genuine.at += milliseconds{faults_.amounts.late_ms};
  if (faults_.strikes(fault::callbacks_reordered, c.draws, round))
    genuine.at +=
        milliseconds{c.draws.between(mix(draw_delay, round), 1, faults_.amounts.reorder_ms)};
  auto& w = genuine.what;
  if (faults_.strikes(fault::extra_parameter, c.draws, round))
    w.fields.emplace_back("XNewParameter" + std::to_string(sequence),
                          "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d & more");
  if (faults_.strikes(fault::repeated_key, c.draws, round)) {
    w.fields.emplace_back("MediaTag", "b");
    w.fields.emplace_back("MediaTag", "a");
  }
  if (faults_.strikes(fault::signature_port, c.draws, round)) w.signature = signing::other_port;
  if (faults_.strikes(fault::signature_scheme, c.draws, round)) w.signature = signing::other_scheme;

  if (!may_come_again()) return out.push_back(std::move(genuine));
  out.push_back(genuine);
  if (event == callback_event::answered && faults_.strikes(fault::answered_twice, c.draws))
    out.push_back({genuine.at, status_callback(c, event, "answered", c.next_sequence++, now)});
  if (event == callback_event::completed) add_conflict(c, genuine, out);
  add_duplicates(c, genuine, round, out);
  add_strangers(c, genuine, round, out);
}

/// Without any of these faults it need not be copied.
bool callback_plan::may_come_again() const {
  for (auto f : {fault::answered_twice, fault::conflicting_terminals, fault::duplicate_same_token,
                 fault::duplicate_new_token, fault::duplicate_late, fault::unknown_sid,
                 fault::other_account})
    if (faults_.of(f) > 0) return true;
  return false;
}

void callback_plan::add_duplicates(const call& c, const planned_webhook& genuine,
                                   std::uint64_t round, std::vector<planned_webhook>& out) const {
  auto again = genuine;
  if (faults_.strikes(fault::duplicate_same_token, c.draws, round)) out.push_back(again);
  again.what.token = uuid(c.draws.bits(mix(draw_token, round)), c.id);
  if (faults_.strikes(fault::duplicate_new_token, c.draws, round)) out.push_back(again);
  again.at += milliseconds{faults_.amounts.late_ms};
  if (faults_.strikes(fault::duplicate_late, c.draws, round)) out.push_back(again);
}

void callback_plan::add_strangers(const call& c, const planned_webhook& genuine,
                                  std::uint64_t round, std::vector<planned_webhook>& out) const {
  std::string digits;
  append_hex(digits, c.draws.bits(draw_stranger), 16);
  append_hex(digits, c.id, 16);
  if (faults_.strikes(fault::unknown_sid, c.draws, round)) {
    out.push_back(genuine);
    set_field(out.back().what.fields, "CallSid", "CA" + digits);
  }
  if (faults_.strikes(fault::other_account, c.draws, round)) {
    out.push_back(genuine);
    set_field(out.back().what.fields, "AccountSid", "AC" + digits);
  }
}

void callback_plan::add_conflict(call& c, const planned_webhook& genuine,
                                 std::vector<planned_webhook>& out) const {
  if (!faults_.strikes(fault::conflicting_terminals, c.draws)) return;
  auto other = c.status == call_status::completed ? call_status::no_answer : call_status::completed;
  auto conflict = genuine;
  set_field(conflict.what.fields, "CallStatus", std::string(to_string(other)));
  conflict.what.token += "0";
  // First or second, a moment apart, and numbered in the order in which they come.
  bool first = c.draws.happens(draw_conflict, 0.5);
  auto& later = first ? out.back() : conflict;
  auto number = c.next_sequence++;
  if (!faults_.strikes(fault::sequence_zero, c.draws)) {
    later.what.sequence = number;
    set_field(later.what.fields, "SequenceNumber", std::to_string(number));
  }
  later.at += milliseconds{20};
  out.push_back(std::move(conflict));
}

void callback_plan::add_forged(const call& c, callback_event event, time_point now,
                               std::vector<planned_webhook>& out) const {
  struct forgery {
    fault which;
    signing how;
  };
  static constexpr forgery forgeries[] = {{fault::signature_wrong_token, signing::wrong_token},
                                          {fault::signature_tampered, signing::tampered},
                                          {fault::signature_missing, signing::missing},
                                          {fault::signature_replayed, signing::replayed}};
  for (const auto& f : forgeries) {
    if (!faults_.strikes(f.which, c.draws, static_cast<std::uint64_t>(event))) continue;
    auto w = status_callback(c, event, to_string(c.status), c.next_sequence, now);
    w.signature = f.how;
    w.signed_fields = w.fields;
    set_field(w.fields, "CallStatus", "completed");
    if (f.how == signing::replayed) {
      set_field(w.fields, "SequenceNumber", "9");
      w.fields.emplace_back("CallDuration", "1");
    }
    out.push_back({now, std::move(w)});
  }
}

void callback_plan::on_detection(const call& c, time_point now,
                                 std::vector<planned_webhook>& out) const {
  if (c.request.detection_result.url.empty()) return;
  webhook w;
  w.call = c.id;
  w.kind = webhook_kind::detection;
  w.target = c.request.detection_result;
  w.token = uuid(c.draws.bits(draw_token), ~c.id);
  w.fields = {{"AccountSid", account_sid_},
              {"AnsweredBy", c.answered_by},
              {"CallSid", c.sid},
              {"MachineDetectionDuration", std::to_string(c.life.detection.count())}};
  out.push_back({now, std::move(w)});
}

webhook callback_plan::fetch(const call& c, webhook_kind kind, const webhook_target& target,
                             std::int32_t error, const std::string& error_url) const {
  webhook w;
  w.call = c.id;
  w.phase = c.phase;
  w.kind = kind;
  w.target = target;
  w.token = uuid(c.draws.bits(draw_token), mix(c.id, 1'000 + c.documents));
  w.fields = base_fields(c, to_string(c.status));
  if (error != 0) {
    w.fields.emplace_back("ErrorCode", std::to_string(error));
    w.fields.emplace_back("ErrorUrl", error_url);
  }
  return w;
}

} // namespace ringmaster::net::sim
