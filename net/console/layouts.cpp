#include "net/console/layouts.hpp"

#include "net/console/table.hpp"

#include <map>
#include <vector>

namespace ringmaster::net::console {

namespace {

struct field {
  const char* title;
  const char* key; ///< of the item
  bool right = false;
  bool cuts = false;
};

struct list_layout {
  const char* items; ///< the key of the list in the answer
  std::vector<field> fields;
  const char* none; ///< said when the list is empty
};

const std::map<std::string, list_layout>& lists() {
  static const std::vector<field> businesses{
      {"ID", "id", true},          {"NAME", "name", false, true},
      {"NUMBER", "phone_e164"},    {"ACTIVE", "active", true},
      {"LIMIT", "limit", true},    {"DOUBT", "in_doubt", true},
      {"RUNS", "runs_open", true}, {"CALLS/MIN", "calls_last_minute", true},
      {"SUSPENDED", "suspended"}};
  static const std::vector<field> slots{{"SLOT", "slot", true},
                                        {"STATE", "state"},
                                        {"PROGRESS", "progress"},
                                        {"JOB", "job_id", true},
                                        {"RUN", "run_id", true},
                                        {"LEAD", "lead_id", true},
                                        {"SINCE", "since"},
                                        {"CALL", "call_sid", false, true},
                                        {"NAME", "first_name", false, true}};
  static const std::map<std::string, list_layout> all{
      {"business find", {"items", businesses, "no such business"}},
      {"business busy", {"items", businesses, "no business has a call or a run under way"}},
      {"business slots", {"items", slots, "it has no slots"}},
      {"runs list",
       {"items",
        {{"RUN", "id", true},
         {"STATUS", "status"},
         {"TOTAL", "total", true},
         {"QUEUED", "queued", true},
         {"DIALING", "dialing", true},
         {"CALLING", "calling", true},
         {"DONE", "completed", true},
         {"FAILED", "failed", true},
         {"CANCELLED", "cancelled", true},
         {"NAME", "name", false, true}},
        "it has no runs"}},
      {"job why",
       {"gates",
        {{"GATE", "gate"}, {"OPEN", "open"}, {"WHY", "message", false, true}, {"UNTIL", "until"}},
        "no gates"}},
      {"job story",
       {"events",
        {{"AT", "at"},
         {"WHAT", "what"},
         {"ATTEMPT", "attempt", true},
         {"BY", "by"},
         {"REQUEST", "request_id"},
         {"DETAIL", "detail", false, true}},
        "nothing happened to it"}},
      {"doubts",
       {"doubts",
        {{"BUSINESS", "business_id", true},
         {"JOB", "job_id", true},
         {"RUN", "run_id", true},
         {"LEAD", "lead_id", true},
         {"SLOT", "slot", true},
         {"SINCE", "since"},
         {"NUMBER", "phone_e164", false, true}},
        "no call is in doubt"}},
      {"actors",
       {"actors",
        {{"KIND", "kind"},
         {"KEY", "key", false, true},
         {"HANDLED", "handled", true},
         {"WAITING", "waiting", true},
         {"RESTARTS", "restarts", true}},
        "no such actor lives now"}},
      {"keys list",
       {"items",
        {{"KEY", "id", true},
         {"ROLE", "role"},
         {"CREATED", "created_at"},
         {"EXPIRES", "expires_at"},
         {"REVOKED", "revoked_at"},
         {"LAST USED", "last_used_at"},
         {"REPLACED BY", "replaced_by", true},
         {"NAME", "name", false, true}},
        "it has no keys"}},
      {"audit",
       {"items",
        {{"AT", "at"},
         {"WHO", "who"},
         {"BUSINESS", "business_id", true},
         {"WHAT", "what"},
         {"SUBJECT", "subject", true},
         {"DETAIL", "detail", false, true}},
        "nothing was changed yet"}},
  };
  return all;
}

std::string plain(const json& value) {
  if (value.is_null()) return "-";
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

/// "2026-01-31T09:05:00.123456Z" -> "01-31 09:05:00": a list's times are of these days.
std::string short_time(const std::string& text) {
  const bool is_time = text.size() == 27 && text[10] == 'T' && text[26] == 'Z';
  return is_time ? text.substr(5, 5) + " " + text.substr(11, 8) : text;
}

tone tone_of(const std::string& key, const std::string& text) {
  if (text == "-") return tone::faint;
  if (key == "state" || key == "status") {
    if (text == "calling" || text == "running" || text == "completed") return tone::good;
    if (text == "in_doubt" || text == "failed") return tone::bad;
    if (text == "free" || text == "cancelled") return tone::faint;
    return tone::warning;
  }
  if (key == "suspended" || key == "locked_out" || key == "draining")
    return text == "yes" ? tone::bad : tone::plain;
  if (key == "open" || key == "ok" || key == "ready") return text == "yes" ? tone::good : tone::bad;
  if (key == "in_doubt" || key == "restarts" || key == "waiting" || key == "failures")
    return text == "0" || text == "no" ? tone::plain : tone::warning;
  return tone::plain;
}

std::string show_list(const list_layout& layout, const json& items, const terminal& on) {
  if (items.empty()) return std::string(layout.none) + "\n";
  table what;
  for (const auto& one : layout.fields)
    what.columns.push_back({one.title, one.right, one.cuts});
  for (const auto& item : items) {
    std::vector<cell> row;
    for (const auto& one : layout.fields) {
      const auto text =
          short_time(item.contains(one.key) ? plain(item[one.key]) : std::string("-"));
      row.push_back({text, tone_of(one.key, text)});
    }
    what.rows.push_back(std::move(row));
  }
  return lay_out(what, on.width, on.colours);
}

void add_facts(std::vector<std::pair<std::string, cell>>& facts, const std::string& before,
               const json& value) {
  for (const auto& [key, inner] : value.items()) {
    const auto name = before.empty() ? key : before + "." + key;
    if (inner.is_object())
      add_facts(facts, name, inner);
    else
      facts.emplace_back(name, cell{plain(inner), tone_of(key, plain(inner))});
  }
}

} // namespace

std::string show(const std::string& command, const json& result, const terminal& on) {
  if (result.is_string()) return result.get<std::string>();
  const auto layout = lists().find(command);
  if (layout == lists().end()) {
    std::vector<std::pair<std::string, cell>> facts;
    if (result.is_object())
      add_facts(facts, "", result);
    else
      facts.emplace_back("", cell{plain(result), tone::plain});
    return lay_out_facts(facts, on.width, on.colours);
  }
  const auto items = result.find(layout->second.items);
  auto text = show_list(layout->second, items == result.end() ? json::array() : *items, on);
  if (command == "job why" && result.contains("message"))
    text = toned(harmless(plain(result["message"])), tone::heading, on.colours) + "\n" + text;
  if (result.contains("next_cursor") && !result["next_cursor"].is_null())
    text += toned("… and more; the API lists them all\n", tone::faint, on.colours);
  return text;
}

std::string show_error(const json& error, const terminal& on) {
  const auto message = error.contains("message") ? plain(error["message"]) : plain(error);
  return toned("error: " + harmless(message), tone::bad, on.colours) + "\n";
}

std::string show_event(const json& event, const terminal& on) {
  const auto name = event.value("event", std::string("?"));
  std::string text = name;
  if (event.contains("data") && event["data"].is_object()) {
    if (name == "present") return "";
    std::vector<std::pair<std::string, cell>> facts;
    add_facts(facts, "", event["data"]);
    for (const auto& [key, value] : facts)
      if (value.text != "-" && !value.text.empty()) text += " " + key + "=" + value.text;
  }
  return cut_to(harmless(text), on.width) + "\n";
}

} // namespace ringmaster::net::console
