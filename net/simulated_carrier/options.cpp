#include "net/simulated_carrier/options.hpp"

#include <nlohmann/json.hpp>

namespace ringmaster::net {

namespace {

using nlohmann::json;

/// Nothing in `object` may stay unread: a typo is told.
template <class Set>
std::string for_each_member(const json& object, const char* what, Set set) {
  if (!object.is_object()) return std::string(what) + " is a JSON object";
  for (const auto& [name, value] : object.items()) {
    auto wrong = set(name, value);
    if (!wrong.empty()) return wrong;
  }
  return {};
}

std::string set_life(sim::life_settings& life, const std::string& name, const json& value) {
  if (value.is_string()) return life.set(name, value.get<std::string>());
  if (value.is_number()) return life.set(name, value.dump());
  return name + " is a number or a text";
}

std::string set_fault(sim::fault_settings& faults, const std::string& name, const json& value) {
  if (name == "clear" && value.is_boolean()) return value.get<bool>() ? faults.set("none") : "";
  if (name == "create_error" && value.is_string())
    return faults.set_error_kind(value.get<std::string>());
  if (value.is_number()) return faults.set(name, value.get<double>());
  return "fault " + name + " is a number";
}

std::string set_life_all(sim::life_settings& life, const json& object) {
  return for_each_member(object, "life",
                         [&](const auto& name, const auto& v) { return set_life(life, name, v); });
}

std::string set_faults_all(sim::fault_settings& faults, const json& object) {
  // "clear" goes before the switches beside it, wherever it stands.
  if (object.is_object() && object.contains("clear")) set_fault(faults, "clear", object["clear"]);
  return for_each_member(object, "faults", [&](const auto& name, const auto& v) {
    return name == "clear" && v.is_boolean() ? std::string{} : set_fault(faults, name, v);
  });
}

template <class T>
std::string set_number(T& field, const std::string& name, const json& value, double low,
                       double high) {
  if (!value.is_number() || value.get<double>() < low || value.get<double>() > high)
    return name + " is a number from " + json(low).dump() + " to " + json(high).dump();
  field = value.get<T>();
  return {};
}

std::string set_option(carrier_options& o, const std::string& name, const json& value) {
  if (name == "life") return set_life_all(o.life, value);
  if (name == "faults") return set_faults_all(o.faults, value);
  if (name == "seed") return set_number(o.seed, name, value, 0, 9e15);
  if (name == "calls_per_second") return set_number(o.calls_per_second, name, value, 0, 1e6);
  if (name == "account_concurrency") return set_number(o.account_concurrency, name, value, 0, 1e9);
  if (name == "watched_limit") return set_number(o.watched_limit, name, value, 1, 60);
  if (name == "kept_calls") return set_number(o.kept_calls, name, value, 1, 1e7);
  if (name == "threads") return set_number(o.threads, name, value, 1, 64);
  if (name == "answer_ms") {
    double answer_ms = 0;
    auto wrong = set_number(answer_ms, name, value, 0, 60'000);
    o.answer_delay = milliseconds{static_cast<std::int64_t>(answer_ms)};
    return wrong;
  }
  if (name == "test_credentials") {
    if (!value.is_boolean()) return name + " is true or false";
    o.test_credentials = value.get<bool>();
    return {};
  }
  for (auto [known, field] : {std::pair{"account_sid", &o.account_sid},
                              {"auth_token", &o.auth_token},
                              {"api_key", &o.api_key},
                              {"api_secret", &o.api_secret},
                              {"address", &o.address}}) {
    if (name != known) continue;
    if (!value.is_string()) return name + " is a text";
    *field = value.get<std::string>();
    return {};
  }
  return "the simulated carrier has no option \"" + name + "\"";
}

/// Calls `set` with a copy and keeps it only when nothing was wrong.
template <class T, class Set>
std::string parse_and_set(T& target, const std::string& text, Set set) {
  auto parsed = json::parse(text, nullptr, false);
  if (parsed.is_discarded()) return "this is not JSON";
  auto copy = target;
  auto wrong = set(copy, parsed);
  if (wrong.empty()) target = std::move(copy);
  return wrong;
}

} // namespace

std::string apply_json(carrier_options& options, const std::string& text) {
  return parse_and_set(options, text, [](carrier_options& copy, const json& parsed) {
    return for_each_member(parsed, "the options", [&](const auto& name, const auto& value) {
      return set_option(copy, name, value);
    });
  });
}

std::string apply_life_json(sim::life_settings& life, const std::string& text) {
  return parse_and_set(life, text, set_life_all);
}

std::string apply_faults_json(sim::fault_settings& faults, const std::string& text) {
  return parse_and_set(faults, text, set_faults_all);
}

} // namespace ringmaster::net
