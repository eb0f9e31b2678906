// X-Twilio-Signature: base64(HMAC-SHA1(auth token, URL + sorted parameters)). Pure.
// Rules and vectors: the carrier contract, section 2 (tests/twilio/signature_test.cpp has them
// all).
#pragma once

#include "net/http/url.hpp"

#include <string>
#include <string_view>

namespace ringmaster::net {

/// Signs a form POST as the carrier does. `url` without a fragment, exactly as it is called.
std::string sign_form(std::string_view auth_token, std::string_view url, const field_list& fields);

/// Whether `signature` fits the form POST to `url` (tried without and with the default port;
/// repeated names in the two ways the official libraries know). Compared in constant time; an empty
/// signature never fits.
bool form_signature_fits(std::string_view auth_token, std::string_view url,
                         const field_list& fields, std::string_view signature);

/// The same for a JSON body, whose hash the URL carries as bodySHA256.
bool body_signature_fits(std::string_view auth_token, std::string_view url, std::string_view body,
                         std::string_view signature);

/// Compares without telling by its time where two texts differ.
bool equal_in_constant_time(std::string_view a, std::string_view b);

} // namespace ringmaster::net
