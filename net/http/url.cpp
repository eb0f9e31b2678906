#include "net/http/url.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <arpa/inet.h>

namespace ringmaster::net {

namespace {

constexpr std::size_t longest_url = 8192;
constexpr std::size_t longest_host = 253;
constexpr std::size_t longest_label = 63;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Which bytes belong to a set: a look-up, for what is asked of each byte of each form.
class byte_set {
public:
  constexpr explicit byte_set(std::string_view members) {
    for (char c : members)
      has_[static_cast<unsigned char>(c)] = true;
  }
  constexpr bool has(char c) const { return has_[static_cast<unsigned char>(c)]; }

private:
  bool has_[256] = {};
};

constexpr byte_set unreserved{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"};
constexpr byte_set allowed_behind_host{
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    "-._~:/?@!$&'()*+,;=[]"};

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c += 'a' - 'A';
  return out;
}

void append_encoded(std::string& out, std::string_view text) {
  constexpr char digits[] = "0123456789ABCDEF";
  while (!text.empty()) {
    const auto plain =
        std::find_if_not(text.begin(), text.end(), [](char c) { return unreserved.has(c); });
    const auto size = static_cast<std::size_t>(plain - text.begin());
    out.append(text.substr(0, size));
    if (size == text.size()) return;
    const auto byte = static_cast<unsigned char>(text[size]);
    const char encoded[] = {'%', digits[byte >> 4], digits[byte & 15]};
    out.append(encoded, sizeof encoded);
    text.remove_prefix(size + 1);
  }
}

/// Whether `text` holds only what RFC 3986 allows behind the host, with whole percent sequences.
bool is_clean(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size() || hex_value(text[i + 1]) < 0 || hex_value(text[i + 2]) < 0)
        return false;
      i += 2;
    } else if (!allowed_behind_host.has(text[i])) {
      return false;
    }
  }
  return true;
}

bool is_ipv4(const std::string& host) {
  in_addr address;
  return inet_pton(AF_INET, host.c_str(), &address) == 1;
}

/// An IPv6 address in its usual spelling, so that equal addresses are equal strings.
std::optional<std::string> plain_ipv6(const std::string& text) {
  in6_addr address;
  std::array<char, INET6_ADDRSTRLEN> spelled;
  if (inet_pton(AF_INET6, text.c_str(), &address) != 1) return std::nullopt;
  if (!inet_ntop(AF_INET6, &address, spelled.data(), spelled.size())) return std::nullopt;
  return std::string(spelled.data());
}

bool is_host_label(std::string_view label) {
  return !label.empty() && label.size() <= longest_label && label.front() != '-' &&
         label.back() != '-' && std::all_of(label.begin(), label.end(), [](char c) {
           return is_letter(c) || is_digit(c) || c == '-' || c == '_';
         });
}

/// A host name, or an IPv4 address in four decimal parts. Resolvers also take "127.1", "0x7f.1" and
/// "2130706433" for addresses, so a name whose last label starts with a digit is refused.
bool is_host_name(const std::string& host) {
  if (host.empty() || host.size() > longest_host) return false;
  std::string_view rest = host;
  for (;;) {
    auto dot = rest.find('.');
    if (!is_host_label(rest.substr(0, dot))) return false;
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }
  return is_digit(rest.front()) ? is_ipv4(host) : true;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  if (text.empty() || text.size() > 5 || text.front() == '0') return std::nullopt;
  std::uint16_t port = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return port;
}

std::optional<std::uint16_t> default_port(std::string_view scheme) {
  if (scheme == "http" || scheme == "ws") return 80;
  if (scheme == "https" || scheme == "wss") return 443;
  return std::nullopt;
}

/// Host and port; false when they aren't right. User names and passwords don't pass as a host.
bool parse_authority(std::string_view text, url_parts& out) {
  std::string_view behind;
  if (!text.empty() && text.front() == '[') {
    auto close = text.find(']');
    if (close == std::string_view::npos) return false;
    auto address = plain_ipv6(std::string(text.substr(1, close - 1)));
    if (!address) return false;
    out.host = *address;
    behind = text.substr(close + 1);
  } else {
    auto colon = std::min(text.find(':'), text.size());
    out.host = lower(text.substr(0, colon));
    if (!is_host_name(out.host)) return false;
    behind = text.substr(colon);
  }
  if (behind.empty()) return true;
  if (behind.front() != ':') return false;
  auto port = parse_port(behind.substr(1));
  if (!port) return false;
  out.port = *port;
  out.port_named = true;
  return true;
}

} // namespace

std::string percent_encode(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 2);
  append_encoded(out, text);
  return out;
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out(text);
  auto* end = out.data(); // what is decoded is never longer, and goes in place
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      *end++ = ' ';
    } else if (text[i] != '%') {
      *end++ = text[i];
    } else {
      if (i + 2 >= text.size()) return std::nullopt;
      int high = hex_value(text[i + 1]), low = hex_value(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      *end++ = static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  out.resize(static_cast<std::size_t>(end - out.data()));
  return out;
}

std::optional<field_list> parse_form(std::string_view text, std::size_t most_fields) {
  field_list fields;
  while (!text.empty()) {
    auto end = std::min(text.find('&'), text.size());
    auto part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (part.empty()) continue;
    if (fields.size() == most_fields) return std::nullopt;
    auto equals = std::min(part.find('='), part.size());
    auto name = percent_decode(part.substr(0, equals), true);
    auto value = percent_decode(part.substr(std::min(equals + 1, part.size())), true);
    if (!name || !value) return std::nullopt;
    fields.emplace_back(std::move(*name), std::move(*value));
  }
  return fields;
}

std::string encode_form(const field_list& fields) {
  std::size_t size = 0;
  for (auto& [name, value] : fields)
    size += name.size() + value.size() + value.size() / 4 + 2;
  std::string out;
  out.reserve(size);
  for (auto& [name, value] : fields) {
    if (!out.empty()) out += '&';
    append_encoded(out, name);
    out += '=';
    append_encoded(out, value);
  }
  return out;
}

const std::string* find_field(const field_list& fields, std::string_view name) {
  for (auto& field : fields)
    if (field.first == name) return &field.second;
  return nullptr;
}

std::optional<url_parts> parse_url(std::string_view url) {
  if (url.size() > longest_url) return std::nullopt;
  auto scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) return std::nullopt;
  url_parts out;
  out.scheme = lower(url.substr(0, scheme_end));
  auto port = default_port(out.scheme);
  if (!port) return std::nullopt;
  out.port = *port;
  url.remove_prefix(scheme_end + 3);

  auto hash = std::min(url.find('#'), url.size());
  auto fragment = url.substr(std::min(hash + 1, url.size()));
  url = url.substr(0, hash);
  auto host_end = std::min(url.find_first_of("/?"), url.size());
  auto target = url.substr(host_end);
  if (!parse_authority(url.substr(0, host_end), out)) return std::nullopt;
  if (!is_clean(target) || !is_clean(fragment)) return std::nullopt;
  if (target.empty() || target.front() != '/') out.target = "/";
  out.target += target;
  out.fragment = fragment;
  return out;
}

bool is_loopback_host(std::string_view host) {
  std::string text = lower(host);
  if (text == "localhost" || text == "::1") return true;
  in_addr address;
  return inet_pton(AF_INET, text.c_str(), &address) == 1 && ntohl(address.s_addr) >> 24 == 127;
}

} // namespace ringmaster::net
