// How often a key may ask, and all keys of a business together, and how often an address may try
// keys that are not known here. Of this node, in memory. Safe from any thread.
#pragma once

#include "actors/ids.hpp"
#include "net/api/bucket_shelf.hpp"

#include <atomic>
#include <mutex>
#include <optional>
#include <string>

namespace ringmaster::net::api {

struct limit_settings {
  bucket_size key;        ///< requests of one key
  bucket_size guesses;    ///< keys from one address that have not proven right yet
  bucket_size business{}; ///< requests of all keys of one business
};

/// Of refusals, for /metrics.
struct limit_counts {
  std::atomic<std::uint64_t> keys_limited{0}, addresses_limited{0}, keys_wrong{0};
};

class request_limits {
public:
  explicit request_limits(const limit_settings& settings);

  /// Nothing: go on. Else how long to wait. The environment's admin key (0) is not limited: it must
  /// open the door in any trouble. `of`: whose key it is; none: the server's.
  std::optional<microseconds> ask(std::int64_t key, business_id of, time_point now);
  /// Whether ask() would refuse: for what is asked about a request that is still to come.
  std::optional<microseconds> would_ask(std::int64_t key, business_id of, time_point now);

  /// One try of a key that nobody here knows yet; before the database is asked.
  std::optional<microseconds> guess(const std::string& peer, time_point now);
  /// The try was a right key.
  void was_right(const std::string& peer, time_point now);
  void was_wrong() { ++count_.keys_wrong; }

  const limit_counts& count() const { return count_; }

private:
  std::optional<microseconds> counted(std::optional<microseconds> wait);

  std::mutex guard_;
  bucket_shelf<std::int64_t> keys_;
  bucket_shelf<business_id> businesses_;
  bucket_shelf<std::string> addresses_;
  limit_counts count_;
};

/// Whom an address stands for: an IPv4 address, or the /64 network of an IPv6 one, which one asker
/// has whole. What can't be read stands for itself.
std::string address_group(const std::string& peer);

} // namespace ringmaster::net::api
