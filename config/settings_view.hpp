// The settings as people may see them: every key of config/ringmaster.json, secrets masked. Pure.
#pragma once

#include "config/settings.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace ringmaster::config {

nlohmann::ordered_json view(const settings& all);
/// "postgresql://user:***@host/name"; key=value forms likewise.
std::string without_password(const std::string& url);

} // namespace ringmaster::config
