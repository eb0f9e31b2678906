// How each command's answer looks on a terminal. Pure.
#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>

namespace ringmaster::net::console {

using json = nlohmann::ordered_json;

struct terminal {
  std::size_t width = 80;
  bool colours = false;
};

/// `command` is its name in the table; `result` as the server answered. Whatever has no layout of
/// its own is shown as names and values.
std::string show(const std::string& command, const json& result, const terminal& on);
/// "error: …", and the field it is about.
std::string show_error(const json& error, const terminal& on);
/// One line of `tail`.
std::string show_event(const json& event, const terminal& on);

} // namespace ringmaster::net::console
