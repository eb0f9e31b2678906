#include "net/api/key_ring.hpp"

#include "net/api/secrets.hpp"
#include "net/api/text.hpp"
#include "net/twilio/signature.hpp"

#include <algorithm>

namespace ringmaster::net::api {
namespace {

constexpr std::size_t most_known_keys = 4096;
constexpr std::size_t longest_api_key = 200;
constexpr std::chrono::hours proven_memory{1};
constexpr std::chrono::minutes use_pace{5}; // at which a key's last use is written

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
  if (!printable || key.size() > longest_api_key) return wrong_key();
  return key;
}

key_ring::key_ring(const std::string& admin_key, seconds memory)
    : admin_hash_(admin_key.empty() ? std::string() : sha256(admin_key)), memory_(memory) {}

bool key_ring::is_admins(const std::string& hash) const {
  return !admin_hash_.empty() && equal_in_constant_time(hash, admin_hash_);
}

result<caller> key_ring::identify(const std::string& key, records& db, time_point now) {
  const auto hash = sha256(key);
  if (is_admins(hash)) return caller{key_role::admin, {}, "admin key"};
  bool unnoted = false;
  const auto seen = recall(hash, now);
  key_info known;
  if (seen && now - seen->at < memory_) {
    known = seen->key;
  } else {
    const auto asked = db.find_key(hash);
    if (!asked) {
      if (asked.error().kind != failure_kind::not_found) return asked.error();
      forget(hash);
      return wrong_key();
    }
    known = *asked;
    remember(hash, known, now);
    unnoted = !known.last_used_at || now - *known.last_used_at >= use_pace;
  }
  if (known.expires_at && *known.expires_at <= now) return wrong_key();
  return caller{known.role, known.business, "key " + std::to_string(known.id), known.id, unnoted};
}

key_ring::standing key_ring::known(const std::string& key, time_point now) {
  const auto hash = sha256(key);
  if (is_admins(hash)) return {0, true, {}};
  const auto seen = recall(hash, now);
  if (!seen) return {};
  standing now_known{std::nullopt, true, seen->key.business};
  if (now - seen->at < memory_) now_known.id = seen->key.id;
  return now_known;
}

std::optional<key_ring::remembered> key_ring::recall(const std::string& hash, time_point now) {
  const std::lock_guard lock(guard_);
  const auto found = known_.find(hash);
  if (found == known_.end()) return std::nullopt;
  // A clock that was set back must not make a key immortal.
  if (now >= found->second.at && now - found->second.at < proven_memory) return found->second;
  known_.erase(found);
  return std::nullopt;
}

void key_ring::remember(const std::string& hash, const key_info& key, time_point now) {
  const std::lock_guard lock(guard_);
  if (known_.size() >= most_known_keys) known_.clear();
  known_[hash] = {key, now};
}

void key_ring::forget(const std::string& hash) {
  const std::lock_guard lock(guard_);
  known_.erase(hash);
}

} // namespace ringmaster::net::api
