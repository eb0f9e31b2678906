#include "net/simulated_carrier/carrier_time.hpp"

#include <cstdio>
#include <ctime>

namespace ringmaster::net::sim {

std::string rfc2822(time_point at) {
  static const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  auto since_epoch = std::chrono::duration_cast<seconds>(at.time_since_epoch()).count();
  // Within one second all callers want the same text.
  thread_local std::int64_t last_second = -1;
  thread_local std::string last_text;
  if (since_epoch == last_second) return last_text;
  auto time = static_cast<std::time_t>(since_epoch);
  std::tm parts{};
  gmtime_r(&time, &parts);
  char text[64];
  std::snprintf(text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d +0000", days[parts.tm_wday],
                parts.tm_mday, months[parts.tm_mon], parts.tm_year + 1900, parts.tm_hour,
                parts.tm_min, parts.tm_sec);
  last_second = since_epoch;
  last_text = text;
  return last_text;
}

std::optional<time_span> parse_time_filter(std::string_view text) {
  std::string copy(text);
  std::tm parts{};
  const char* end = strptime(copy.c_str(), "%Y-%m-%d", &parts);
  if (!end) return std::nullopt;
  seconds length{86'400};
  if (*end == 'T' || *end == ' ') {
    end = strptime(end + 1, "%H:%M:%S", &parts);
    if (!end) return std::nullopt;
    length = seconds{1};
    if (*end == '.') // fractions of a second are below the carrier's resolution
      for (++end; *end >= '0' && *end <= '9';)
        ++end;
    if (*end == 'Z') ++end;
  }
  if (*end != '\0') return std::nullopt;
  time_point begin{seconds{timegm(&parts)}};
  return time_span{begin, begin + length};
}

} // namespace ringmaster::net::sim
