// The webhooks' addresses. One table of routes both serves requests and makes the URLs that the
// carrier is given, so that no callback can go to a route that does not exist.
#pragma once

#include "actors/failure.hpp"
#include "actors/store_messages.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace ringmaster::net {

enum class webhook {
  answer, ///< the callee has answered: what is to be said?
  status  ///< call progress
};

/// "/webhook/voice/answer"
std::string_view path_of(webhook hook);
std::optional<webhook> webhook_from(std::string_view path);

/// Reads the setting PUBLIC_HOST: a host name (with a port where needed) means https; or a whole
/// base URL such as "http://127.0.0.1:8080". Returns the base URL without a slash at its end.
result<std::string> public_base_url(std::string_view setting);

/// The URL of one attempt's callback, as the carrier is given it. The one for status ends with the
/// fragment that asks for five more deliveries; a fragment is neither sent nor signed.
std::string webhook_url(std::string_view base_url, webhook hook, const attempt_ref& attempt);

/// The attempt that a callback's query names; nothing when a field is missing, repeated or not in
/// the form in which webhook_url writes it. Other fields are passed over.
std::optional<attempt_ref> attempt_from(std::string_view query);

} // namespace ringmaster::net
