#include "config/surroundings.hpp"

#include "actors/even_clock.hpp"
#include "net/http/url.hpp"

#include <unistd.h>

#include <mutex>

namespace ringmaster::config {

time_point wall_clock() {
  using std::chrono::steady_clock;
  using std::chrono::system_clock;
  // Every thread asks many times a call: what takes long is done before the lock.
  auto wall = std::chrono::time_point_cast<microseconds>(system_clock::now());
  auto steady = std::chrono::duration_cast<microseconds>(steady_clock::now().time_since_epoch());
  static even_clock even(wall, steady);
  static std::mutex lock;
  std::lock_guard<std::mutex> alone(lock);
  return even.now(wall, steady);
}

std::string process_name() {
  char host[256] = "";
  gethostname(host, sizeof host - 1);
  return std::string(host) + ":" + std::to_string(getpid());
}

bool on_loopback(const std::string& url) {
  auto parts = net::parse_url(url);
  return parts && net::is_loopback_host(parts->host);
}

} // namespace ringmaster::config
