#include "net/api/request_id.hpp"

#include "net/api/secrets.hpp"

#include <algorithm>
#include <random>

namespace ringmaster::net::api {
namespace {

bool well_formed(const std::string& id) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  return !id.empty() && id.size() <= 64 && std::all_of(id.begin(), id.end(), fits);
}

} // namespace

std::string request_id_of(const http_request& http) {
  const auto* given = http.header("X-Request-Id");
  if (given != nullptr && well_formed(*given)) return *given;
  thread_local std::mt19937_64 random{std::random_device{}()}; // a name, not a secret
  const auto drawn = random();
  return to_hex({reinterpret_cast<const char*>(&drawn), sizeof drawn});
}

} // namespace ringmaster::net::api
