#include "net/api/rfc3339.hpp"

#include <date/date.h>

#include <cstdio>

namespace ringmaster::net::api {
namespace {

/// Eats its text from the left; once something did not fit, everything fails.
struct reader {
  std::string_view rest;
  bool ok = true;

  unsigned number(std::size_t digits) {
    unsigned value = 0;
    if (rest.size() < digits) ok = false;
    for (std::size_t i = 0; ok && i < digits; ++i) {
      if (rest[i] < '0' || rest[i] > '9') ok = false;
      value = value * 10 + static_cast<unsigned>(rest[i] - '0');
    }
    if (ok) rest.remove_prefix(digits);
    return value;
  }
  bool take(char upper) {
    if (rest.empty()) return false;
    const char c = rest[0] >= 'a' && rest[0] <= 'z' ? static_cast<char>(rest[0] - 32) : rest[0];
    if (c != upper) return false;
    rest.remove_prefix(1);
    return true;
  }
  void expect(char upper) { ok = ok && take(upper); }
};

std::int64_t fraction_us(reader& in) {
  if (!in.take('.')) return 0;
  std::int64_t us = 0;
  int digits = 0;
  for (; !in.rest.empty() && in.rest[0] >= '0' && in.rest[0] <= '9'; ++digits) {
    if (digits < 6) us = us * 10 + (in.rest[0] - '0');
    in.rest.remove_prefix(1);
  }
  in.ok = in.ok && digits > 0;
  for (; digits < 6; ++digits)
    us *= 10;
  return us;
}

std::int64_t offset_s(reader& in) {
  if (in.take('Z')) return 0;
  const bool minus = in.take('-');
  if (!minus) in.expect('+');
  const auto hours = in.number(2);
  in.expect(':');
  const auto minutes = in.number(2);
  in.ok = in.ok && hours < 24 && minutes < 60;
  const std::int64_t s = static_cast<std::int64_t>(hours) * 3600 + minutes * 60;
  return minus ? -s : s;
}

} // namespace

std::string format_time(time_point at) {
  const auto day = date::floor<date::days>(at);
  const date::year_month_day on{day};
  const date::hh_mm_ss<microseconds> clock{at - day};
  char text[64];
  std::snprintf(
      text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", static_cast<int>(on.year()),
      static_cast<unsigned>(on.month()), static_cast<unsigned>(on.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return text;
}

std::optional<time_point> parse_time(std::string_view text) {
  reader in{text};
  const auto year = in.number(4);
  in.expect('-');
  const auto month = in.number(2);
  in.expect('-');
  const auto day = in.number(2);
  in.expect('T');
  const auto hour = in.number(2);
  in.expect(':');
  const auto minute = in.number(2);
  in.expect(':');
  const auto second = in.number(2);
  const auto us = fraction_us(in);
  const auto offset = offset_s(in);
  if (!in.ok || !in.rest.empty()) return std::nullopt;
  const date::year_month_day on{date::year{static_cast<int>(year)}, date::month{month},
                                date::day{day}};
  if (year < 1900 || !on.ok()) return std::nullopt;
  if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return date::sys_days{on} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
         seconds{second} - seconds{offset} + microseconds{us};
}

} // namespace ringmaster::net::api
