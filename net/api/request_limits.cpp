#include "net/api/request_limits.hpp"

#include <boost/asio/ip/address.hpp>

namespace ringmaster::net::api {
namespace {

constexpr std::size_t most_buckets = 10'000; // of each kind; about 1 MB when full

} // namespace

std::string address_group(const std::string& peer) {
  using namespace boost::asio::ip;
  boost::system::error_code bad;
  const auto address = make_address(peer, bad);
  if (bad || address.is_v4()) return peer;
  const auto v6 = address.to_v6();
  if (v6.is_v4_mapped()) return make_address_v4(v4_mapped, v6).to_string();
  const auto bytes = v6.to_bytes();
  return std::string(bytes.begin(), bytes.begin() + 8);
}

request_limits::request_limits(const limit_settings& settings)
    : keys_(settings.key, most_buckets), businesses_(settings.business, most_buckets),
      addresses_(settings.guesses, most_buckets) {}

std::optional<microseconds> request_limits::ask(std::int64_t key, business_id of, time_point now) {
  if (key == 0) return std::nullopt;
  const std::lock_guard lock(guard_);
  const bool owned = of != business_id{};
  // What is refused costs neither of the two a token.
  if (owned)
    if (const auto wait = businesses_.look(of, now)) return counted(wait);
  if (const auto wait = keys_.take(key, now)) return counted(wait);
  if (owned) businesses_.take(of, now);
  return std::nullopt;
}

std::optional<microseconds> request_limits::would_ask(std::int64_t key, business_id of,
                                                      time_point now) {
  if (key == 0) return std::nullopt;
  const std::lock_guard lock(guard_);
  if (of != business_id{})
    if (const auto wait = businesses_.look(of, now)) return counted(wait);
  return counted(keys_.look(key, now));
}

std::optional<microseconds> request_limits::counted(std::optional<microseconds> wait) {
  if (wait) ++count_.keys_limited;
  return wait;
}

std::optional<microseconds> request_limits::guess(const std::string& peer, time_point now) {
  const auto group = address_group(peer);
  const std::lock_guard lock(guard_);
  const auto wait = addresses_.take(group, now);
  if (wait) ++count_.addresses_limited;
  return wait;
}

void request_limits::was_right(const std::string& peer, time_point now) {
  const auto group = address_group(peer);
  const std::lock_guard lock(guard_);
  addresses_.give_back(group, now);
}

} // namespace ringmaster::net::api
