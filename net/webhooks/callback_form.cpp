#include "net/webhooks/callback_form.hpp"

#include "net/twilio/calls_json.hpp"

#include <algorithm>
#include <charconv>

namespace ringmaster::net {
namespace {

/// The value of a field; empty when it is missing or repeated with another value: which of them was
/// signed would be a guess.
std::string_view value_of(const field_list& form, std::string_view name) {
  const auto* first = find_field(form, name);
  if (!first) return {};
  const auto differs = [&](const auto& field) {
    return field.first == name && field.second != *first;
  };
  return std::any_of(form.begin(), form.end(), differs) ? std::string_view{} : *first;
}

/// Not negative; 0 when it can't be read.
std::int32_t number_of(const field_list& form, std::string_view name) {
  const auto text = value_of(form, name);
  std::int32_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = problem == std::errc{} && end == text.data() + text.size();
  return whole && number > 0 ? number : 0;
}

/// A short word of letters, digits, '_' and '-'; empty when it isn't one.
std::string word_of(const field_list& form, std::string_view name) {
  constexpr std::size_t longest = 32;
  const auto fits = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '-';
  };
  const auto text = value_of(form, name);
  const bool is_word = text.size() <= longest && std::all_of(text.begin(), text.end(), fits);
  return is_word ? std::string(text) : std::string{};
}

call_sid sid_of(const field_list& form) {
  const auto text = value_of(form, "CallSid");
  return is_call_sid(text) ? call_sid{std::string(text)} : call_sid{};
}

std::optional<carrier_status> status_of(const field_list& form) {
  if (find_field(form, "CallStatus")) return carrier_status_from(value_of(form, "CallStatus"));
  if (find_field(form, "AnsweredBy")) return carrier_status::in_progress;
  return std::nullopt;
}

} // namespace

std::optional<call_event> read_call_event(const field_list& form, const attempt_ref& attempt,
                                          time_point received_at) {
  call_event event;
  event.attempt = attempt;
  event.sid = sid_of(form);
  const auto status = status_of(form);
  if (!event.sid || !status) return std::nullopt;
  event.status = *status;
  event.sequence = number_of(form, "SequenceNumber");
  event.duration_s = number_of(form, "CallDuration");
  event.answered_by = word_of(form, "AnsweredBy");
  event.sip_code = word_of(form, "SipResponseCode");
  event.error_code = number_of(form, "ErrorCode");
  event.received_at = received_at;
  return event;
}

std::optional<script_query> read_script_query(const field_list& form, const attempt_ref& attempt,
                                              time_point received_at) {
  auto sid = sid_of(form);
  if (!sid) return std::nullopt;
  return script_query{attempt, std::move(sid), word_of(form, "AnsweredBy"), received_at};
}

} // namespace ringmaster::net
