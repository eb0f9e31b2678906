#include "net/api/access.hpp"

namespace ringmaster::net::api {
namespace {

key_role role_for(access needed) {
  switch (needed) {
  case access::anyone:
  case access::read:
  case access::server_read:
    return key_role::read;
  case access::operate:
    return key_role::operate;
  case access::nobody:
  case access::admin:
  case access::server_admin:
    break;
  }
  return key_role::admin;
}

} // namespace

bool is_server_wide(access needed) {
  return needed == access::server_read || needed == access::server_admin;
}

std::optional<failure> refuse_role(access needed, const caller& who) {
  if (needed == access::anyone) return std::nullopt;
  if (needed == access::nobody)
    return failure{failure_kind::forbidden, "role_needed", "no key may do this", ""};
  const auto role = role_for(needed);
  const std::string wanted(to_string(role)), has(to_string(who.role));
  if (is_server_wide(needed) && who.business)
    return failure{failure_kind::forbidden, "admin_only",
                   "this needs a key of the whole server with the role " + wanted +
                       "; this key is of one business",
                   ""};
  if (who.role >= role) return std::nullopt;
  return failure{failure_kind::forbidden, "role_needed",
                 "this needs a key with the role " + wanted + "; this one has the role " + has, ""};
}

} // namespace ringmaster::net::api
