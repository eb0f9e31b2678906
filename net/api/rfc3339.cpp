#include "net/api/rfc3339.hpp"

#include <cstdio>

namespace ringmaster::net::api {
namespace {

// Howard Hinnant's days_from_civil: the proleptic Gregorian calendar without a loop.
std::int64_t days_of(std::int64_t year, unsigned month, unsigned day) {
  year -= month <= 2;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const auto year_of_era = static_cast<unsigned>(year - era * 400);
  const unsigned day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + static_cast<std::int64_t>(day_of_era) - 719468;
}

struct date {
  std::int64_t year;
  unsigned month, day;
};

date date_of(std::int64_t days) {
  days += 719468;
  const std::int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const auto day_of_era = static_cast<unsigned>(days - era * 146097);
  const unsigned year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const unsigned day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const unsigned shifted = (5 * day_of_year + 2) / 153;
  const unsigned month = shifted < 10 ? shifted + 3 : shifted - 9;
  return {static_cast<std::int64_t>(year_of_era) + era * 400 + (month <= 2), month,
          day_of_year - (153 * shifted + 2) / 5 + 1};
}

unsigned days_in_month(std::int64_t year, unsigned month) {
  static constexpr unsigned days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : days[month - 1];
}

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
  constexpr std::int64_t day_us = 86'400'000'000;
  const std::int64_t us = at.time_since_epoch().count();
  std::int64_t days = us / day_us, rest = us % day_us;
  if (rest < 0) {
    rest += day_us;
    --days;
  }
  const auto [year, month, day] = date_of(days);
  const auto second = rest / 1'000'000;
  char text[64];
  std::snprintf(text, sizeof text, "%04lld-%02u-%02uT%02lld:%02lld:%02lld.%06lldZ",
                static_cast<long long>(year), month, day, static_cast<long long>(second / 3600),
                static_cast<long long>(second / 60 % 60), static_cast<long long>(second % 60),
                static_cast<long long>(rest % 1'000'000));
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
  if (year < 1900 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
    return std::nullopt;
  if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const std::int64_t s = days_of(year, month, day) * 86'400 + hour * 3600 + minute * 60 + second;
  return time_point(microseconds((s - offset) * 1'000'000 + us));
}

} // namespace ringmaster::net::api
