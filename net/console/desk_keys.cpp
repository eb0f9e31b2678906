// The console's commands about API keys: requests to the API.
#include "net/api/rfc3339.hpp"
#include "net/console/desk.hpp"

#include <algorithm>

namespace ringmaster::net::console {

namespace {

constexpr std::int64_t longest_days = 36'500;

bool is_whole(const std::string& word) {
  return !word.empty() && word.size() < 10 &&
         std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// The path of an owner's keys; empty: the word names no owner.
std::string keys_of(const std::string& owner) {
  if (owner == "server") return "/api/v1/keys";
  if (!is_whole(owner) || owner[0] == '0') return "";
  return "/api/v1/businesses/" + owner + "/keys";
}

std::string days_from_now(std::int64_t days) {
  const auto now = std::chrono::time_point_cast<microseconds>(std::chrono::system_clock::now());
  return api::format_time(now + std::chrono::hours{24 * std::min(days, longest_days)});
}

json refused(const std::string& message, const std::string& field) {
  return {{"ok", false},
          {"error", {{"code", "wrong_usage"}, {"message", message}, {"field", field}}}};
}

} // namespace

json desk::of_keys(const parsed_command& what, const std::string& by) {
  const auto& name = what.what->name;
  const auto keys = keys_of(what.at(0));
  if (keys.empty()) return refused("OWNER is a business's id such as 12, or server", "OWNER");
  if (name == "keys list") return ask("GET", keys + "?limit=1000", by);
  if (name == "keys create") {
    json wanted{{"role", what.at(1)}, {"name", what.at(2)}};
    if (!what.at(3).empty()) wanted["expires_at"] = days_from_now(what.id(3));
    return ask("POST", keys, by, wanted);
  }
  const auto key = keys + "/" + what.at(1);
  if (name == "keys rename") return ask("PATCH", key, by, {{"name", what.at(2)}});
  if (name == "keys revoke") return ask("DELETE", key, by);
  if (name == "keys rotate") {
    auto wanted = json::object();
    if (!what.at(2).empty()) wanted["overlap_s"] = what.id(2) * 3600;
    return ask("POST", key + "/rotate", by, wanted);
  }
  if (what.at(2) == "never") return ask("PATCH", key, by, {{"expires_at", nullptr}});
  if (!is_whole(what.at(2))) return refused("DAYS is a whole number, or never", "DAYS");
  return ask("PATCH", key, by, {{"expires_at", days_from_now(what.id(2))}});
}

} // namespace ringmaster::net::console
