#include "net/twilio/signature.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <optional>

namespace ringmaster::net {
namespace {

enum class repeated_names {
  all_values, ///< each distinct value once, sorted (Python, Node)
  first_value ///< only the first (Go)
};

using field_refs = std::vector<std::pair<std::string_view, std::string_view>>;

/// The fields in the order in which they are signed: by name, bytewise.
field_refs in_signed_order(const field_list& fields, repeated_names way) {
  field_refs sorted(fields.begin(), fields.end());
  if (way == repeated_names::all_values) {
    std::sort(sorted.begin(), sorted.end());
    sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
    return sorted;
  }
  const auto by_name = [](const auto& a, const auto& b) { return a.first < b.first; };
  const auto same_name = [](const auto& a, const auto& b) { return a.first == b.first; };
  std::stable_sort(sorted.begin(), sorted.end(), by_name);
  sorted.erase(std::unique(sorted.begin(), sorted.end(), same_name), sorted.end());
  return sorted;
}

std::string signed_text(const field_refs& fields) {
  std::string text;
  for (const auto& [name, value] : fields)
    text.append(name).append(value);
  return text;
}

/// Empty when OpenSSL can't compute it; an empty signature never fits.
std::string hmac_base64(std::string_view key, const std::string& text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  if (!HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), bytes, text.size(), digest.data(),
            &size))
    return {};
  std::array<unsigned char, EVP_MAX_MD_SIZE * 2> base64{};
  const int length = EVP_EncodeBlock(base64.data(), digest.data(), static_cast<int>(size));
  return {base64.begin(), base64.begin() + length};
}

/// The two spellings that a carrier may have signed: without a port, and with one (the named one,
/// or the scheme's default).
std::array<std::string, 2> port_spellings(std::string_view url) {
  const auto scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) return {std::string(url), std::string(url)};
  const auto host_begin = scheme_end + 3;
  const auto host_end = std::min(url.find_first_of("/?#", host_begin), url.size());
  const auto authority = url.substr(host_begin, host_end - host_begin);
  const auto colon = authority.rfind(':');
  const auto bracket = authority.rfind(']');
  const bool named =
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  const auto head = std::string(url.substr(0, named ? host_begin + colon : host_end));
  const auto tail = std::string(url.substr(host_end));
  if (named) return {head + tail, std::string(url)};
  const bool plain = url.substr(0, scheme_end) == "http";
  return {std::string(url), head + (plain ? ":80" : ":443") + tail};
}

/// No early end: each spelling is computed and compared whatever the others gave.
bool fits_any_spelling(std::string_view auth_token, std::string_view url, const std::string& text,
                       std::string_view signature) {
  bool fits = false;
  for (const auto& spelling : port_spellings(url)) {
    const auto expected = hmac_base64(auth_token, spelling + text);
    const bool same = !expected.empty() && equal_in_constant_time(expected, signature);
    fits = fits || same;
  }
  return fits;
}

std::optional<std::string> sha256_hex(std::string_view body) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (!EVP_Digest(body.data(), body.size(), digest.data(), &size, EVP_sha256(), nullptr))
    return std::nullopt;
  constexpr std::string_view hex_digits = "0123456789abcdef";
  std::string hex;
  for (unsigned int i = 0; i < size; ++i)
    hex.append({hex_digits[digest[i] >> 4], hex_digits[digest[i] & 15]});
  return hex;
}

/// The value of bodySHA256 in the URL's query; nothing when it is not there exactly once.
std::optional<std::string_view> body_hash_of(std::string_view url) {
  const auto question = url.find('?');
  if (question == std::string_view::npos) return std::nullopt;
  constexpr std::string_view name = "bodySHA256=";
  std::optional<std::string_view> found;
  auto query = url.substr(question + 1);
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto field = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (field.substr(0, name.size()) != name) continue;
    if (found) return std::nullopt;
    found = field.substr(name.size());
  }
  return found;
}

} // namespace

std::string sign_form(std::string_view auth_token, std::string_view url, const field_list& fields) {
  const auto order = in_signed_order(fields, repeated_names::all_values);
  return hmac_base64(auth_token, std::string(url) + signed_text(order));
}

bool form_signature_fits(std::string_view auth_token, std::string_view url,
                         const field_list& fields, std::string_view signature) {
  if (auth_token.empty() || signature.empty()) return false;
  const auto all = in_signed_order(fields, repeated_names::all_values);
  const bool fits = fits_any_spelling(auth_token, url, signed_text(all), signature);
  const auto first = in_signed_order(fields, repeated_names::first_value);
  if (first.size() == all.size()) return fits;
  const bool fits_first = fits_any_spelling(auth_token, url, signed_text(first), signature);
  return fits || fits_first;
}

bool body_signature_fits(std::string_view auth_token, std::string_view url, std::string_view body,
                         std::string_view signature) {
  if (auth_token.empty() || signature.empty()) return false;
  const auto named = body_hash_of(url);
  const auto actual = sha256_hex(body);
  if (!named || !actual || !equal_in_constant_time(*named, *actual)) return false;
  return fits_any_spelling(auth_token, url, {}, signature);
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

} // namespace ringmaster::net
