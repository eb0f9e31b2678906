#include "net/http/forwarded.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace ringmaster::net {

namespace {

namespace ip = boost::asio::ip;

/// An IPv4 address that is written as IPv6 is the same address.
ip::address plain(const ip::address& address) {
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
  return ip::make_address_v4(ip::v4_mapped, address.to_v6());
}

std::optional<ip::address> address_of(std::string_view text) {
  boost::system::error_code error;
  auto address = ip::make_address(std::string(text), error);
  if (error || (address.is_v6() && address.to_v6().scope_id() != 0)) return std::nullopt;
  return plain(address);
}

/// As proxies write it: "192.0.2.1", "192.0.2.1:4711", "2001:db8::1", "[2001:db8::1]:4711".
std::optional<ip::address> address_in_list(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return std::nullopt;
  text = text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
  if (text.front() == '[') {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    return address_of(text.substr(1, end - 1));
  }
  if (std::count(text.begin(), text.end(), ':') == 1) text = text.substr(0, text.find(':'));
  return address_of(text);
}

template <class Bytes>
bool same_beginning(const Bytes& a, const Bytes& b, unsigned bits) {
  for (unsigned i = 0; i < bits; ++i) {
    const unsigned mask = 0x80u >> (i % 8);
    if ((a[i / 8] & mask) != (b[i / 8] & mask)) return false;
  }
  return true;
}

} // namespace

bool trusted_proxies::add(const std::string& text) {
  const auto slash = text.find('/');
  const auto address = address_of(std::string_view(text).substr(0, slash));
  if (!address) return false;
  const unsigned most = address->is_v4() ? 32 : 128;
  unsigned bits = most;
  if (slash != std::string::npos) {
    const auto* end = text.data() + text.size();
    const auto read = std::from_chars(text.data() + slash + 1, end, bits);
    if (read.ec != std::errc{} || read.ptr != end || bits > most) return false;
  }
  networks_.push_back({*address, bits});
  return true;
}

bool trusted_proxies::trusts(const ip::address& address) const {
  return std::any_of(networks_.begin(), networks_.end(), [&](const network& one) {
    if (one.first.is_v4() != address.is_v4()) return false;
    return address.is_v4()
               ? same_beginning(one.first.to_v4().to_bytes(), address.to_v4().to_bytes(), one.bits)
               : same_beginning(one.first.to_v6().to_bytes(), address.to_v6().to_bytes(), one.bits);
  });
}

bool trusted_proxies::trusts(const std::string& address) const {
  const auto read = address_of(address);
  return read && trusts(*read);
}

std::string trusted_proxies::client_of(const std::string& peer, const header_list& headers) const {
  auto client = address_of(peer);
  if (!client || !trusts(*client)) return peer;
  // The nearest proxy has written the last entry of the last line.
  for (auto line = headers.rbegin(); line != headers.rend(); ++line) {
    if (!same_header_name(line->first, "X-Forwarded-For")) continue;
    std::string_view rest = line->second;
    for (bool more = true; more;) {
      const auto comma = rest.rfind(',');
      more = comma != std::string_view::npos;
      const auto hop = address_in_list(more ? rest.substr(comma + 1) : rest);
      if (!hop) return client->to_string();
      client = hop;
      if (!trusts(*client)) return client->to_string();
      if (more) rest = rest.substr(0, comma);
    }
  }
  return client->to_string();
}

} // namespace ringmaster::net
