// URLs and forms: percent-encoding and the parts of a URL. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringmaster::net {

using field_list = std::vector<std::pair<std::string, std::string>>;

/// Encodes everything but unreserved characters (RFC 3986).
std::string percent_encode(std::string_view text);
/// nothing when a percent sign is not followed by two hex digits.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);

/// application/x-www-form-urlencoded, also for queries: fields in order, repeated names kept.
/// nothing when malformed or over `most_fields`.
std::optional<field_list> parse_form(std::string_view text, std::size_t most_fields = 256);
/// A space becomes %20, which every decoder reads alike.
std::string encode_form(const field_list& fields);
/// The first field of that name, nullptr when there is none.
const std::string* find_field(const field_list& fields, std::string_view name);

struct url_parts {
  std::string scheme;     ///< "http", "https", "ws" or "wss"
  std::string host;       ///< lower case; an IPv6 address without brackets
  std::uint16_t port = 0; ///< the default one of the scheme where none is named
  bool port_named = false;
  std::string target; ///< path and query, "/" at least
  std::string fragment;
};
/// nothing for anything but an absolute ASCII URL of at most 8,192 bytes: no user name or password,
/// no control character or space, percent sequences whole, addresses in their full form.
std::optional<url_parts> parse_url(std::string_view url);
/// 127.0.0.0/8, ::1 or "localhost".
bool is_loopback_host(std::string_view host);

} // namespace ringmaster::net
