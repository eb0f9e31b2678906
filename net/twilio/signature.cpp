#include "net/twilio/signature.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

namespace ringmaster::net {
namespace {

enum class repeated_names {
  all_values, ///< each distinct value once, sorted (Python, Node)
  first_value ///< only the first (Go)
};

using field = field_list::value_type;
using field_refs = std::vector<const field*>;

bool same_name(const field* a, const field* b) {
  return a->first == b->first;
}

bool by_name(const field* a, const field* b) {
  return a->first < b->first;
}

bool by_name_and_value(const field* a, const field* b) {
  const int order = a->first.compare(b->first);
  return order != 0 ? order < 0 : a->second < b->second;
}

/// The fields in the order in which they are signed: by name, bytewise.
field_refs in_signed_order(const field_list& fields, repeated_names way) {
  field_refs sorted;
  sorted.reserve(fields.size());
  for (const auto& each : fields)
    sorted.push_back(&each);
  if (way == repeated_names::all_values) {
    const auto same = [](const field* a, const field* b) { return *a == *b; };
    std::sort(sorted.begin(), sorted.end(), by_name_and_value);
    sorted.erase(std::unique(sorted.begin(), sorted.end(), same), sorted.end());
    return sorted;
  }
  std::stable_sort(sorted.begin(), sorted.end(), by_name);
  sorted.erase(std::unique(sorted.begin(), sorted.end(), same_name), sorted.end());
  return sorted;
}

std::string signed_text(std::string_view url, const field_refs& fields) {
  auto size = url.size();
  for (const auto* each : fields)
    size += each->first.size() + each->second.size();
  std::string text;
  text.reserve(size);
  text.append(url);
  for (const auto* each : fields)
    text.append(each->first).append(each->second);
  return text;
}

/// HMAC-SHA1 under the key that was used last: finding the algorithm and setting up the key take
/// longer than signing, and nearly all signatures are made under one token.
class keyed_hmac {
public:
  /// The digest's size; 0 when OpenSSL can't compute it.
  std::size_t sign(std::string_view key, std::string_view text, unsigned char* out,
                   std::size_t room) {
    std::size_t size = 0;
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    const bool done = begin(key) && EVP_MAC_update(context_.get(), bytes, text.size()) == 1 &&
                      EVP_MAC_final(context_.get(), out, &size, room) == 1;
    if (!done) key_.reset();
    return done ? size : 0;
  }

private:
  bool begin(std::string_view key) {
    if (!context_) return false;
    if (key_ == key) return EVP_MAC_init(context_.get(), nullptr, 0, nullptr) == 1;
    key_ = key;
    char digest[] = "SHA1";
    const std::array<OSSL_PARAM, 2> how{
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end()};
    return EVP_MAC_init(context_.get(), reinterpret_cast<const unsigned char*>(key_->data()),
                        key_->size(), how.data()) == 1;
  }

  static EVP_MAC_CTX* make() {
    auto* algorithm = EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr);
    auto* context = algorithm ? EVP_MAC_CTX_new(algorithm) : nullptr;
    EVP_MAC_free(algorithm); // the context holds on to it
    return context;
  }

  struct ending {
    void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
  };
  std::unique_ptr<EVP_MAC_CTX, ending> context_{make()};
  std::optional<std::string> key_; ///< that the context has
};

/// Empty when OpenSSL can't compute it; an empty signature never fits.
std::string hmac_base64(std::string_view key, std::string_view text) {
  thread_local keyed_hmac hmac; // a context serves one thread at a time
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  const auto size = hmac.sign(key, text, digest.data(), digest.size());
  if (size == 0) return {};
  std::array<unsigned char, EVP_MAX_MD_SIZE * 2> base64{};
  const int length = EVP_EncodeBlock(base64.data(), digest.data(), static_cast<int>(size));
  return {base64.begin(), base64.begin() + length};
}

/// The other of the two spellings that a carrier may have signed: without a port, or with one (the
/// scheme's default). Nothing without a scheme.
std::optional<std::string> other_port_spelling(std::string_view url) {
  const auto scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) return std::nullopt;
  const auto host_begin = scheme_end + 3;
  const auto host_end = std::min(url.find_first_of("/?#", host_begin), url.size());
  const auto authority = url.substr(host_begin, host_end - host_begin);
  const auto colon = authority.rfind(':');
  const auto bracket = authority.rfind(']');
  const bool named =
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  auto other = std::string(url.substr(0, named ? host_begin + colon : host_end));
  if (!named) other.append(url.substr(0, scheme_end) == "http" ? ":80" : ":443");
  return other.append(url.substr(host_end));
}

bool fits_text(std::string_view auth_token, std::string_view text, std::string_view signature) {
  const auto expected = hmac_base64(auth_token, text);
  return !expected.empty() && equal_in_constant_time(expected, signature);
}

/// The URL as we know it comes first: a genuine signature fits it nearly always, and the other
/// spelling need not be computed. That tells by its time only which spelling the carrier uses;
/// what does not fit is compared with both.
bool fits_any_spelling(std::string_view auth_token, std::string_view url, const field_refs& fields,
                       std::string_view signature) {
  if (fits_text(auth_token, signed_text(url, fields), signature)) return true;
  const auto other = other_port_spelling(url);
  return other && fits_text(auth_token, signed_text(*other, fields), signature);
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
  return hmac_base64(auth_token, signed_text(url, order));
}

bool form_signature_fits(std::string_view auth_token, std::string_view url,
                         const field_list& fields, std::string_view signature) {
  if (auth_token.empty() || signature.empty()) return false;
  const auto all = in_signed_order(fields, repeated_names::all_values);
  if (fits_any_spelling(auth_token, url, all, signature)) return true;
  // Without a name of several values the two ways are one.
  if (std::adjacent_find(all.begin(), all.end(), same_name) == all.end()) return false;
  const auto first = in_signed_order(fields, repeated_names::first_value);
  return fits_any_spelling(auth_token, url, first, signature);
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
