// Keys of the API, as they are kept. Part of actors/records.hpp.
#pragma once

#include "actors/clock.hpp"
#include "actors/ids.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ringmaster {

/// Each may do what those before it may: read; change leads, runs and calls; keys and settings.
enum class key_role { read, operate, admin };

std::string_view to_string(key_role role);
std::optional<key_role> key_role_from(std::string_view text);

/// What must be known of a key to let it in.
struct key_info {
  std::int64_t id = 0;
  business_id business; ///< none: of the whole server, sees all businesses
  key_role role = key_role::operate;
  std::optional<time_point> expires_at;
  std::optional<time_point> last_used_at; ///< to a few minutes
};

struct key_record {
  std::int64_t id = 0;
  std::string name;
  key_role role = key_role::read;
  time_point created_at;
  std::optional<time_point> expires_at, revoked_at;
  std::optional<time_point> last_used_at; ///< to a few minutes
  std::int64_t replaced_by = 0;           ///< the key that rotation made; 0: none
};

struct new_key {
  std::string name;
  key_role role = key_role::read;
  std::optional<time_point> expires_at;
  std::string sha256; ///< of its text; 32 bytes, raw
};

/// What is set is changed.
struct key_change {
  std::optional<std::string> name;
  std::optional<std::optional<time_point>> expires_at; ///< set and empty: it never expires
};

struct key_rotation {
  std::string sha256;   ///< of the new key's text
  time_point old_until; ///< the old key expires then, unless it does before
  std::optional<time_point>
      expires_at; ///< of the new key; none: it lives as long as the old one was made to
};

struct rotated_key {
  key_record made, old;
};

} // namespace ringmaster
