#include "net/simulated_carrier/carrier_json.hpp"

#include "net/simulated_carrier/carrier_time.hpp"

#include <algorithm>

namespace ringmaster::net::sim {

namespace {

void text_member(std::string& out, std::string_view name, std::string_view value) {
  out.append(",\"").append(name).append("\":");
  append_json_text(out, value);
}

void text_or_null(std::string& out, std::string_view name, std::string_view value) {
  if (!value.empty()) {
    text_member(out, name, value);
    return;
  }
  out.append(",\"").append(name).append("\":null");
}

void time_or_null(std::string& out, const char* name, const std::optional<time_point>& at) {
  text_or_null(out, name, at ? rfc2822(*at) : std::string{});
}

void number_member(std::string& out, const char* name, std::size_t value) {
  out += ",\"";
  out += name;
  out += "\":";
  out += std::to_string(value);
}

std::string call_uri(const call& c, const std::string& account_sid) {
  return "/2010-04-01/Accounts/" + account_sid + "/Calls/" + c.sid;
}

void append_subresources(std::string& out, const std::string& uri) {
  constexpr std::pair<std::string_view, std::string_view> resources[] = {
      {"{\"events\":", "/Events.json\""},
      {",\"notifications\":", "/Notifications.json\""},
      {",\"payments\":", "/Payments.json\""},
      {",\"recordings\":", "/Recordings.json\""},
      {",\"siprec\":", "/Siprec.json\""},
      {",\"streams\":", "/Streams.json\""},
      {",\"transcriptions\":", "/Transcriptions.json\""}};
  out += ",\"subresource_uris\":";
  for (const auto& [name, rest] : resources) {
    append_json_text(out.append(name), uri);
    out.pop_back(); // the text goes on
    out += rest;
  }
  out += '}';
}

} // namespace

void append_json_text(std::string& out, std::string_view text) {
  out += '"';
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20; };
  const auto stands = [&](char c) { return c != '"' && c != '\\' && !is_control(c); };
  while (!text.empty()) {
    const auto stop = std::find_if_not(text.begin(), text.end(), stands);
    const auto size = static_cast<std::size_t>(stop - text.begin());
    out.append(text.substr(0, size));
    if (size == text.size()) break;
    out += '\\';
    if (is_control(text[size]))
      append_hex(out += 'u', static_cast<unsigned char>(text[size]), 4);
    else
      out += text[size];
    text.remove_prefix(size + 1);
  }
  out += '"';
}

void append_call(std::string& out, const call& c, const std::string& account_sid, bool stale) {
  auto status = stale ? c.former_status : c.status;
  bool ended = has_ended(status);
  auto uri = call_uri(c, account_sid);
  out += "{\"sid\":";
  append_json_text(out, c.sid);
  text_member(out, "account_sid", account_sid);
  text_or_null(out, "annotation", "");
  text_or_null(out, "answered_by", c.answered_by);
  text_member(out, "api_version", "2010-04-01");
  text_or_null(out, "caller_name", "");
  time_or_null(out, "date_created", c.created);
  time_or_null(out, "date_updated", c.updated);
  text_member(out, "direction", "outbound-api");
  text_or_null(out, "duration", ended ? std::to_string(c.duration.count()) : "");
  time_or_null(out, "end_time", ended ? c.ended : std::nullopt);
  text_or_null(out, "forwarded_from", "");
  text_member(out, "from", c.request.from);
  text_member(out, "from_formatted", c.request.from);
  text_or_null(out, "group_sid", "");
  text_or_null(out, "parent_call_sid", "");
  text_or_null(out, "phone_number_sid", "");
  text_or_null(out, "price", ended && c.duration.count() > 0 ? "-0.01400" : "");
  text_member(out, "price_unit", "USD");
  text_member(out, "queue_time", std::to_string(c.queue_time.count()));
  time_or_null(out, "start_time", c.dialled);
  text_member(out, "status", to_string(status));
  append_subresources(out, uri);
  text_member(out, "to", c.request.to);
  text_member(out, "to_formatted", c.request.to);
  text_or_null(out, "trunk_sid", "");
  text_member(out, "uri", uri + ".json");
  out += '}';
}

std::string error_body(const api_error& e) {
  auto code = std::to_string(e.code);
  std::string out = "{\"code\":" + code;
  text_member(out, "message", e.message);
  text_member(out, "more_info", "https://www.twilio.com/docs/errors/" + code);
  number_member(out, "status", static_cast<std::size_t>(e.status));
  out += '}';
  return out;
}

std::string list_body(const list_page& page) {
  std::string out = "{\"calls\":[";
  for (std::size_t i = 0; i < page.calls.size(); ++i) {
    if (i > 0) out += ',';
    out += page.calls[i];
  }
  out += ']';
  number_member(out, "page", page.page);
  number_member(out, "page_size", page.page_size);
  number_member(out, "start", page.start);
  number_member(out, "end", page.calls.empty() ? page.start : page.start + page.calls.size() - 1);
  text_member(out, "uri", page.uri);
  text_member(out, "first_page_uri", page.first_page_uri);
  text_or_null(out, "next_page_uri", page.next_page_uri);
  text_or_null(out, "previous_page_uri", page.previous_page_uri);
  out += '}';
  return out;
}

} // namespace ringmaster::net::sim
