// Keys of the API: how they are made and how they are kept.
#pragma once

#include "actors/failure.hpp"

#include <string>
#include <string_view>

namespace ringmaster::net::api {

/// 32 bytes, raw. Keys are random and long, so a plain hash keeps them as safe as a slow one would.
std::string sha256(std::string_view text);
std::string to_hex(std::string_view bytes);

/// "rmk_" and 43 characters of base64url: 256 random bits. Fails only when OpenSSL has no
/// randomness.
result<std::string> new_api_key();

} // namespace ringmaster::net::api
