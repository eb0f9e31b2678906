#include "net/simulated_carrier/create_rules.hpp"

#include "net/simulated_carrier/webhook.hpp"

#include <algorithm>
#include <charconv>
#include <map>

namespace ringmaster::net::sim {

namespace {

constexpr std::size_t longest_twiml = 4'000, longest_url = 4'000;
constexpr std::int32_t longest_ring_s = 600, longest_call_s = 14'400;
constexpr const char* working_from = "+15005550006";
constexpr std::string_view magic_prefix = "+1500555";

bool is_e164(std::string_view number) {
  if (number.size() < 3 || number.size() > 16 || number[0] != '+' || number[1] == '0') return false;
  return std::all_of(number.begin() + 1, number.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string value_of(const field_list& form, std::string_view name) {
  const auto* found = find_field(form, name);
  return found ? *found : std::string{};
}

using maybe_error = std::optional<api_error>;

maybe_error error(int code, std::string message) {
  return api_error{400, code, std::move(message)};
}

maybe_error check_to(const std::string& to) {
  if (to.empty()) return error(21201, "No 'To' number is specified");
  if (!is_e164(to)) return error(21211, "The 'To' number " + to + " is not a valid phone number.");
  static const std::map<std::string, std::pair<int, const char*>> magic{
      {"+15005550001", {21217, "Phone number does not appear to be valid"}},
      {"+15005550002", {21214, "'To' phone number cannot be reached"}},
      {"+15005550003", {21215, "Account not authorized to call this number"}},
      {"+15005550004", {21216, "Account not allowed to call this number"}}};
  auto found = magic.find(to);
  if (found != magic.end()) return error(found->second.first, found->second.second);
  return std::nullopt;
}

maybe_error check_from(const std::string& from, bool test_credentials) {
  if (from.empty()) return error(21213, "Caller phone number is required");
  if (!is_e164(from) || from == "+15005550001")
    return error(21212, "The source phone number provided, " + from + ", is not valid.");
  bool magic = test_credentials || from.compare(0, magic_prefix.size(), magic_prefix) == 0;
  if (magic && from != working_from)
    return error(21210, "The source phone number provided, " + from +
                            ", is not yet verified for your account.");
  return std::nullopt;
}

/// Reads "<name>" and "<name>Method".
maybe_error read_target(const field_list& form, const std::string& name, int code,
                        webhook_target& out) {
  out.url = value_of(form, name);
  auto method = value_of(form, name == "Url"           ? "Method"
                               : name == "FallbackUrl" ? "FallbackMethod"
                                                       : name + "Method");
  if (!method.empty() && method != "GET" && method != "POST")
    return error(code, "The method of " + name + " must be GET or POST");
  out.get = method == "GET";
  if (out.url.empty()) return std::nullopt;
  if (out.url.size() > longest_url) return error(code, name + " is too long");
  if (const char* why = why_not_callable(out.url)) return error(code, name + " " + why);
  return std::nullopt;
}

/// nothing when it is no whole number within the limits.
std::optional<std::int32_t> whole_number(std::string_view text, std::int32_t low,
                                         std::int32_t high) {
  std::int32_t value = 0;
  auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (value < low || value > high) return std::nullopt;
  return value;
}

maybe_error read_times(const field_list& form, call_request& out) {
  if (const auto* text = find_field(form, "Timeout")) {
    auto value = whole_number(*text, 1, longest_ring_s);
    if (!value) return error(21208, "Timeout must be a whole number from 1 to 600");
    out.timeout = seconds{*value};
  }
  if (const auto* text = find_field(form, "TimeLimit")) {
    auto value = whole_number(*text, 1, longest_call_s);
    if (!value) return error(21208, "TimeLimit must be a whole number from 1 to 14400");
    out.time_limit = seconds{*value};
  }
  return std::nullopt;
}

void read_events(const field_list& form, call_request& out) {
  bool first = true;
  for (const auto& [name, value] : form) {
    if (name != "StatusCallbackEvent") continue;
    if (std::exchange(first, false)) out.events = 0;
    auto event = callback_event_from(value);
    if (event)
      out.events |= static_cast<std::uint8_t>(1u << static_cast<unsigned>(*event));
    else
      out.events_unreadable = true;
  }
}

maybe_error read_detection(const field_list& form, call_request& out) {
  auto kind = value_of(form, "MachineDetection");
  if (kind == "Enable")
    out.detection = detection_kind::enable;
  else if (kind == "DetectMessageEnd")
    out.detection = detection_kind::message_end;
  else if (!kind.empty())
    return error(20001, "MachineDetection must be Enable or DetectMessageEnd");
  if (!value_of(form, "SendDigits").empty()) out.detection = detection_kind::none;
  out.detection_async = value_of(form, "AsyncAmd") == "true";
  return read_target(form, "AsyncAmdStatusCallback", 21609, out.detection_result);
}

maybe_error read_script(const field_list& form, call_request& out) {
  if (!value_of(form, "ApplicationSid").empty())
    return error(21218, "ApplicationSid is not known to the simulated carrier");
  if (auto wrong = read_target(form, "Url", 21205, out.answer)) return wrong;
  out.twiml = value_of(form, "Twiml");
  if (out.answer.url.empty() && out.twiml.empty())
    return error(21205, "Url parameter is required.");
  if (out.twiml.size() > longest_twiml) return error(20001, "Twiml is over 4000 characters");
  if (value_of(form, "SendDigits").size() > 32)
    return error(20001, "SendDigits is over 32 characters");
  return read_target(form, "FallbackUrl", 21205, out.fallback);
}

} // namespace

std::variant<call_request, api_error> read_create(const field_list& form, bool test_credentials) {
  call_request request;
  request.to = value_of(form, "To");
  request.from = value_of(form, "From");
  if (auto wrong = check_to(request.to)) return *wrong;
  if (auto wrong = check_from(request.from, test_credentials)) return *wrong;
  if (auto wrong = read_script(form, request)) return *wrong;
  if (auto wrong = read_target(form, "StatusCallback", 21609, request.status)) return *wrong;
  if (auto wrong = read_times(form, request)) return *wrong;
  if (auto wrong = read_detection(form, request)) return *wrong;
  read_events(form, request);
  return request;
}

std::variant<call_update, api_error> read_update(const field_list& form) {
  call_update update;
  auto status = value_of(form, "Status");
  if (status == "canceled")
    update.what = call_update::kind::cancel;
  else if (status == "completed")
    update.what = call_update::kind::complete;
  else if (!status.empty())
    return api_error{400, 20001, "Status must be canceled or completed"};
  if (auto wrong = read_target(form, "Url", 21205, update.url)) return *wrong;
  update.twiml = value_of(form, "Twiml");
  if (update.twiml.size() > longest_twiml)
    return api_error{400, 20001, "Twiml is over 4000 characters"};
  if (update.what == call_update::kind::nothing &&
      (!update.url.url.empty() || !update.twiml.empty()))
    update.what = call_update::kind::redirect;
  call_request times;
  if (auto wrong = read_times(form, times)) return *wrong;
  if (find_field(form, "TimeLimit")) update.time_limit = times.time_limit;
  return update;
}

} // namespace ringmaster::net::sim
