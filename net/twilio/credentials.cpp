#include "net/twilio/credentials.hpp"

#include "net/http/url.hpp"

#include <openssl/evp.h>

#include <algorithm>

namespace ringmaster::net {
namespace {

failure refused(std::string setting, std::string message) {
  return {failure_kind::invalid, "bad_carrier_settings", setting + " " + message, setting};
}

bool is_sid(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_';
  };
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), fits);
}

bool is_secret(std::string_view text) {
  const auto fits = [](char c) { return c > 0x20 && c < 0x7F; };
  return !text.empty() && text.size() <= 256 && std::all_of(text.begin(), text.end(), fits);
}

std::string basic_authorization(const std::string& user, const std::string& secret) {
  const auto pair = user + ":" + secret;
  std::string base64(4 * ((pair.size() + 2) / 3) + 1, '\0'); // OpenSSL ends it with a zero
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(base64.data()),
                                   reinterpret_cast<const unsigned char*>(pair.data()),
                                   static_cast<int>(pair.size()));
  base64.resize(static_cast<std::size_t>(size));
  return "Basic " + base64;
}

std::string origin_of(const url_parts& url) {
  const bool address = url.host.find(':') != std::string::npos;
  auto origin = url.scheme + "://" + (address ? "[" + url.host + "]" : url.host);
  if (url.port_named) origin += ":" + std::to_string(url.port);
  return origin;
}

/// The API's base path, without a slash at its end.
std::string base_path_of(const url_parts& url) {
  auto path = url.target;
  while (!path.empty() && path.back() == '/')
    path.pop_back();
  return path.empty() ? "/2010-04-01" : path;
}

} // namespace

std::string account_access::path_of(const call_sid& sid) const {
  return calls_path + "/" + percent_encode(sid.value) + ".json";
}

result<account_access> read_access(const twilio_config& config) {
  const auto url = parse_url(config.base_url);
  if (!url || (url->scheme != "https" && url->scheme != "http") || !url->fragment.empty() ||
      url->target.find('?') != std::string::npos)
    return refused("TWILIO_API_BASE_URL",
                   "is not a base URL: set it to one such as https://api.twilio.com.");
  if (url->scheme == "http" && !is_loopback_host(url->host))
    return refused("TWILIO_API_BASE_URL", "must begin with https://: over plain http the "
                                          "credentials could be read on the way.");
  if (!is_sid(config.account_sid))
    return refused("TWILIO_ACCOUNT_SID",
                   "is missing or not an account SID: set it to the one in the carrier's console.");
  if (!is_secret(config.auth_token))
    return refused("TWILIO_AUTH_TOKEN",
                   "is missing or not an auth token: set it to the one in the carrier's console.");
  if (config.api_key_sid.empty() != config.api_key_secret.empty())
    return refused("TWILIO_API_KEY_SID", "and its secret must be set together, or neither.");
  const bool by_key = !config.api_key_sid.empty();
  if (by_key && (!is_sid(config.api_key_sid) || !is_secret(config.api_key_secret)))
    return refused("TWILIO_API_KEY_SID", "or its secret is not a key of the carrier's.");
  account_access access;
  access.origin = origin_of(*url);
  access.calls_path = base_path_of(*url) + "/Accounts/" + config.account_sid + "/Calls";
  access.authorization = by_key ? basic_authorization(config.api_key_sid, config.api_key_secret)
                                : basic_authorization(config.account_sid, config.auth_token);
  return access;
}

} // namespace ringmaster::net
