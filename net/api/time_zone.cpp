#include "net/api/time_zone.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <mutex>

namespace ringmaster::net::api {
namespace {

constexpr auto folder = "/usr/share/zoneinfo/";
constexpr std::size_t most_known_zones = 4096;

/// Parts of letters, digits, '_', '+' and '-', each beginning with a capital: that leaves out
/// "posix/…", "right/…", "localtime" and every way out of the folder.
bool is_well_formed(const std::string& name) {
  if (name.empty() || name.size() > 64) return false;
  bool part_begins = true;
  for (const char c : name) {
    const bool capital = c >= 'A' && c <= 'Z';
    if (part_begins && !capital) return false;
    const bool other = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '+' ||
                       c == '-' || c == '/';
    if (!capital && !other) return false;
    part_begins = c == '/';
  }
  return !part_begins;
}

bool is_zone_file(const std::string& name) {
  std::ifstream file(folder + name, std::ios::binary);
  char magic[4] = {};
  return file.read(magic, sizeof magic) && std::equal(magic, magic + 4, "TZif");
}

} // namespace

bool is_time_zone(const std::string& name) {
  if (!is_well_formed(name)) return false;
  static std::mutex guard;
  static std::map<std::string, bool> seen;
  const std::lock_guard lock(guard);
  if (const auto found = seen.find(name); found != seen.end()) return found->second;
  if (seen.size() >= most_known_zones) seen.clear();
  return seen[name] = is_zone_file(name);
}

} // namespace ringmaster::net::api
