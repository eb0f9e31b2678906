// Who asks: from the Authorization header to a caller.
#pragma once

#include "net/api/request.hpp"

#include <map>
#include <mutex>
#include <string>

namespace ringmaster::net::api {

/// The key of a Bearer header; fails (401) when there is none, more than one, or it can't be a key.
result<std::string> bearer_key(const http_request& request);

/// Knows the admin's key by its hash, asks the database for the others and remembers its answers
/// for a moment. Shared by all threads.
class key_ring {
public:
  key_ring(const std::string& admin_key, seconds memory);

  result<caller> identify(const std::string& key, records& db, time_point now);

  /// What is known of a key without the database.
  struct standing {
    std::optional<std::int64_t> id; ///< it was right a moment ago, or is the admin's (0)
    bool proven = false;            ///< it was right within the hour: nobody guesses it
    business_id business{};         ///< whose it then was; none: the server's
  };
  standing known(const std::string& key, time_point now);

private:
  struct remembered {
    key_info key;
    time_point at;
  };
  std::optional<remembered> recall(const std::string& hash, time_point now);
  void remember(const std::string& hash, const key_info& key, time_point now);
  void forget(const std::string& hash);
  bool is_admins(const std::string& hash) const;

  std::string admin_hash_; ///< empty: no admin key
  seconds memory_;
  std::mutex guard_;
  std::map<std::string, remembered> known_; ///< by hash, so that its timing tells nothing of a key
};

} // namespace ringmaster::net::api
