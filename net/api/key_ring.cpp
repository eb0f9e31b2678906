#include "net/api/key_ring.hpp"

#include "net/api/secrets.hpp"
#include "net/api/text.hpp"
#include "net/twilio/signature.hpp"

#include <algorithm>

namespace ringmaster::net::api {
namespace {

constexpr std::size_t most_remembered = 4096;
constexpr std::size_t longest_key = 200;

failure wrong_key() {
  return {failure_kind::unauthorized, "key_unknown", "the API key is unknown, expired or revoked",
          ""};
}

} // namespace

result<std::string> bearer_key(const http_request& request) {
  const failure missing{failure_kind::unauthorized, "key_missing",
                        "send the API key as \"Authorization: Bearer <key>\"", ""};
  const auto* header = request.header("Authorization");
  if (header == nullptr || request.count_headers("Authorization") != 1) return missing;
  constexpr std::string_view scheme = "bearer ";
  if (ascii_lower(header->substr(0, scheme.size())) != scheme) return missing;
  const auto begin = header->find_first_not_of(' ', scheme.size());
  if (begin == std::string::npos) return missing;
  auto key = header->substr(begin);
  const bool printable =
      std::all_of(key.begin(), key.end(), [](char c) { return c > 32 && c < 127; });
  if (!printable || key.size() > longest_key) return wrong_key();
  return key;
}

key_ring::key_ring(const std::string& admin_key, seconds memory)
    : admin_hash_(admin_key.empty() ? std::string() : sha256(admin_key)), memory_(memory) {}

result<caller> key_ring::identify(const std::string& key, records& db, time_point now) {
  const auto hash = sha256(key);
  if (!admin_hash_.empty() && equal_in_constant_time(hash, admin_hash_))
    return caller{key_role::admin, {}, "admin key"};
  auto found = recall(hash, now);
  if (!found) {
    auto asked = db.find_key(hash);
    if (!asked) {
      if (asked.error().kind == failure_kind::not_found) return wrong_key();
      return asked.error();
    }
    remember(hash, *asked, now);
    found = *asked;
  }
  if (found->expires_at && *found->expires_at <= now) return wrong_key();
  return caller{found->role, found->business, "key " + std::to_string(found->id)};
}

std::optional<key_info> key_ring::recall(const std::string& hash, time_point now) {
  const std::lock_guard lock(guard_);
  const auto found = known_.find(hash);
  if (found == known_.end()) return std::nullopt;
  // A clock that was set back must not make a key immortal.
  if (now >= found->second.at && now - found->second.at < memory_) return found->second.key;
  known_.erase(found);
  return std::nullopt;
}

void key_ring::remember(const std::string& hash, const key_info& key, time_point now) {
  const std::lock_guard lock(guard_);
  if (known_.size() >= most_remembered) known_.clear();
  known_[hash] = {key, now};
}

} // namespace ringmaster::net::api
