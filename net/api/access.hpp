// Who asks, and what a route needs of them. Pure.
#pragma once

#include "actors/failure.hpp"
#include "actors/records_keys.hpp"

#include <optional>
#include <string>

namespace ringmaster::net::api {

/// Who asks. A key of the whole server has no business and may see all.
struct caller {
  key_role role = key_role::read;
  business_id business;
  std::string by{};         ///< for the audit: "key 12", "admin key", "console uid=0"
  std::int64_t key = 0;     ///< 0: the environment's admin key, or no key at all (the console)
  bool use_unnoted = false; ///< that the key is used is to be written: it was not for minutes

  bool is_admin() const { return role == key_role::admin && !business; }
};

/// What a route needs: a role, within the business of its path or on the whole server.
enum class access {
  nobody, ///< the default: a route that forgot to say it is closed
  anyone, ///< without a key
  read,
  operate, ///< changes leads, runs and calls
  admin,   ///< keys and settings
  server_read,
  server_admin
};

/// Whether a route is about the whole server.
bool is_server_wide(access needed);

/// Why the role of this caller is not enough; names the one that is needed. Whether the business is
/// theirs is another question.
std::optional<failure> refuse_role(access needed, const caller& who);

} // namespace ringmaster::net::api
