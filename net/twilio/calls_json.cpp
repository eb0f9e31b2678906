#include "net/twilio/calls_json.hpp"

#include "actors/ids.hpp"
#include "net/twilio/times.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>

namespace ringmaster::net {
namespace {

using json = nlohmann::json;

constexpr std::size_t longest_sid = 128;
constexpr std::size_t longest_message = 300;
constexpr std::size_t longest_value = 256;
constexpr std::size_t longest_uri = 4096;
constexpr int deepest = 8;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// An object, or nothing. What is nested deeper than any answer of the carrier is refused while it
/// is read, before it takes memory.
std::optional<json> read_object(std::string_view body) {
  bool too_deep = false;
  const auto watch = [&too_deep](int depth, json::parse_event_t, json&) {
    too_deep = too_deep || depth > deepest;
    return !too_deep;
  };
  auto value = json::parse(body.begin(), body.end(), watch, false);
  if (too_deep || !value.is_object()) return std::nullopt;
  return value;
}

/// Keeps the member "sid" of an object, as text_of() tells it, and nothing else: every call that is
/// placed has its name read so. The last of several counts, as in a tree.
struct sid_reader final : json::json_sax_t {
  std::string sid;
  bool is_object = false;

  bool null() override { return other(); }
  bool boolean(bool) override { return other(); }
  bool number_integer(number_integer_t value) override { return text(std::to_string(value)); }
  bool number_unsigned(number_unsigned_t value) override { return text(std::to_string(value)); }
  bool number_float(number_float_t, const string_t&) override { return other(); }
  bool string(string_t& value) override { return text(std::move(value)); }
  bool binary(binary_t&) override { return other(); }
  bool start_object(std::size_t) override { return open(depth_ == 0); }
  bool start_array(std::size_t) override { return open(false); }
  bool end_object() override { return --depth_ >= 0; }
  bool end_array() override { return --depth_ >= 0; }
  bool key(string_t& name) override {
    is_sid_ = depth_ == 1 && name == "sid";
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const json::exception&) override {
    return false;
  }

private:
  bool open(bool is_whole) {
    is_object = is_object || is_whole;
    other();
    return ++depth_ <= deepest;
  }
  bool other() { return text({}); }
  bool text(std::string value) {
    if (std::exchange(is_sid_, false)) sid = std::move(value);
    return true;
  }

  int depth_ = 0;
  bool is_sid_ = false; ///< what comes next is its value
};

/// A member as text; empty when it is missing, null, longer than `longest` or neither text nor
/// number.
std::string text_of(const json& from, const char* name, std::size_t longest = longest_value) {
  const auto found = from.find(name);
  if (found == from.end()) return {};
  if (found->is_number_integer()) return found->dump();
  if (!found->is_string()) return {};
  const auto& text = found->get_ref<const std::string&>();
  return text.size() <= longest ? text : std::string{};
}

/// A member as a number that is not negative; 0 when it isn't one.
std::int32_t number_of(const json& from, const char* name) {
  const auto text = text_of(from, name);
  std::int32_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = problem == std::errc{} && end == text.data() + text.size();
  return whole && value > 0 ? value : 0;
}

/// Digits in a row that are long enough to be a phone number, but for the last two.
std::string without_numbers(std::string text) {
  constexpr std::ptrdiff_t shortest = 7, kept = 2;
  for (auto at = text.begin(); at != text.end();) {
    const auto begin = std::find_if(at, text.end(), is_digit);
    const auto end = std::find_if_not(begin, text.end(), is_digit);
    if (end - begin >= shortest) std::fill(begin, end - kept, '*');
    at = end;
  }
  return text;
}

/// Cut between two characters of UTF-8, without line breaks and other controls.
std::string one_line(std::string_view text) {
  auto end = std::min(text.size(), longest_message);
  while (end > 0 && end < text.size() && (text[end] & 0xC0) == 0x80)
    --end;
  std::string line(text.substr(0, end));
  std::replace_if(
      line.begin(), line.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
  return line;
}

std::optional<carrier_call> call_from(const json& from) {
  if (!from.is_object()) return std::nullopt;
  const auto sid = text_of(from, "sid");
  const auto status = carrier_status_from(text_of(from, "status"));
  if (!is_call_sid(sid) || !status) return std::nullopt;
  carrier_call call;
  call.sid = call_sid{sid};
  call.status = *status;
  call.to = phone_number{text_of(from, "to")};
  call.from = phone_number{text_of(from, "from")};
  call.direction = text_of(from, "direction");
  call.created_at = parse_rfc2822(text_of(from, "date_created"));
  call.started_at = parse_rfc2822(text_of(from, "start_time"));
  call.ended_at = parse_rfc2822(text_of(from, "end_time"));
  call.duration_s = number_of(from, "duration");
  call.answered_by = text_of(from, "answered_by");
  return call;
}

} // namespace

bool is_call_sid(std::string_view text) {
  const auto fits = [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_' || c == ':' || c == '.' || c == '=';
  };
  return !text.empty() && text.size() <= longest_sid && text != "." && text != ".." &&
         std::all_of(text.begin(), text.end(), fits);
}

call_sid read_call_sid(std::string_view body) {
  sid_reader reader;
  if (!json::sax_parse(body.begin(), body.end(), &reader) || !reader.is_object) return {};
  return is_call_sid(reader.sid) ? call_sid{std::move(reader.sid)} : call_sid{};
}

carrier_error read_error(std::string_view body) {
  const auto answer = read_object(body);
  if (!answer) return {};
  constexpr std::size_t longest_told = 4096;
  auto message = text_of(*answer, "message", longest_told);
  if (message.empty()) message = text_of(*answer, "detail", longest_told);
  return {number_of(*answer, "code"), without_numbers(one_line(message))};
}

std::optional<carrier_call> read_call(std::string_view body) {
  const auto answer = read_object(body);
  return answer ? call_from(*answer) : std::nullopt;
}

std::optional<call_page> read_call_page(std::string_view body) {
  const auto answer = read_object(body);
  if (!answer) return std::nullopt;
  const auto calls = answer->find("calls");
  if (calls == answer->end() || !calls->is_array()) return std::nullopt;
  call_page page;
  for (const auto& each : *calls) {
    auto call = call_from(each);
    if (!call) return std::nullopt;
    // Of an account's other calls, such as those that come in, not all have a number.
    const bool others = !call->direction.empty() && call->direction != "outbound-api";
    if (others && (!call->to || !call->from)) continue;
    if (!call->to || !call->from) return std::nullopt;
    page.calls.push_back(std::move(*call));
  }
  const auto next = answer->find("next_page_uri");
  if (next == answer->end() || next->is_null()) return page;
  page.next_page_uri = text_of(*answer, "next_page_uri", longest_uri);
  if (!next->is_string() || (page.next_page_uri.empty() && *next != "")) return std::nullopt;
  return page;
}

} // namespace ringmaster::net
