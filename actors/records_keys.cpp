#include "actors/records_keys.hpp"

namespace ringmaster {

std::string_view to_string(key_role role) {
  switch (role) {
  case key_role::read:
    return "read";
  case key_role::operate:
    return "operate";
  case key_role::admin:
    break;
  }
  return "admin";
}

std::optional<key_role> key_role_from(std::string_view text) {
  for (const auto role : {key_role::read, key_role::operate, key_role::admin})
    if (text == to_string(role)) return role;
  return std::nullopt;
}

} // namespace ringmaster
