#include "db/sql_text.hpp"

#include <algorithm>
#include <cstdio>

namespace ringmaster::db {

void sql_array::separate() {
  if (text_.size() > 1) text_ += ',';
}

sql_array& sql_array::add(std::int64_t value) {
  separate();
  text_ += std::to_string(value);
  return *this;
}

sql_array& sql_array::add(bool value) {
  separate();
  text_ += value ? 't' : 'f';
  return *this;
}

sql_array& sql_array::add(std::string_view text) {
  separate();
  text_ += '"';
  for (char c : text) {
    if (c == '"' || c == '\\') text_ += '\\';
    text_ += c;
  }
  text_ += '"';
  return *this;
}

sql_array& sql_array::add(time_point at) {
  return add(std::string_view{to_sql(at)});
}

sql_array& sql_array::add_null() {
  separate();
  text_ += "NULL";
  return *this;
}

namespace {

// Days since 1970-01-01 and back, in the proleptic Gregorian calendar (eras of 400 years).
std::int64_t days_from_civil(std::int64_t year, unsigned month, unsigned day) {
  year -= month <= 2;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const auto year_of_era = static_cast<unsigned>(year - era * 400);
  const unsigned day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + static_cast<std::int64_t>(day_of_era) - 719468;
}

struct civil_date {
  std::int64_t year;
  unsigned month, day;
};

civil_date civil_from_days(std::int64_t days) {
  days += 719468;
  const std::int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const auto day_of_era = static_cast<unsigned>(days - era * 146097);
  const unsigned year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const unsigned day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const unsigned shifted_month = (5 * day_of_year + 2) / 153;
  const unsigned day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
  const unsigned month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  return {static_cast<std::int64_t>(year_of_era) + era * 400 + (month <= 2), month, day};
}

constexpr std::int64_t micros_per_second = 1'000'000;
constexpr std::int64_t micros_per_day = 86'400 * micros_per_second;

} // namespace

std::string to_sql(time_point at) {
  const std::int64_t first = days_from_civil(1, 1, 1) * micros_per_day;
  const std::int64_t last = days_from_civil(10'000, 1, 1) * micros_per_day - 1;
  const std::int64_t micros = std::clamp<std::int64_t>(at.time_since_epoch().count(), first, last);
  std::int64_t days = micros / micros_per_day;
  std::int64_t rest = micros % micros_per_day;
  if (rest < 0) {
    --days;
    rest += micros_per_day;
  }
  const auto date = civil_from_days(days);
  const auto second = static_cast<int>(rest / micros_per_second);
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u %02d:%02d:%02d.%06d+00",
                static_cast<int>(date.year), date.month, date.day, second / 3600, second / 60 % 60,
                second % 60, static_cast<int>(rest % micros_per_second));
  return text;
}

time_point time_from_sql(std::string_view text) {
  int year = 0, hour = 0, minute = 0, second = 0, parsed = 0;
  unsigned month = 0, day = 0;
  const std::string whole{text};
  if (std::sscanf(whole.c_str(), "%d-%u-%u %d:%d:%d%n", &year, &month, &day, &hour, &minute,
                  &second, &parsed) != 6)
    return {};
  std::int64_t micros = 0;
  std::size_t i = static_cast<std::size_t>(parsed);
  if (i < whole.size() && whole[i] == '.') {
    std::int64_t unit = micros_per_second;
    for (++i; i < whole.size() && whole[i] >= '0' && whole[i] <= '9' && unit > 1; ++i) {
      unit /= 10;
      micros += (whole[i] - '0') * unit;
    }
  }
  const std::int64_t seconds_of_day = (hour * 60 + minute) * 60 + second;
  return time_point{microseconds{days_from_civil(year, month, day) * micros_per_day +
                                 seconds_of_day * micros_per_second + micros}};
}

namespace {

// The length of the valid UTF-8 character at `text[at]`, or 0.
std::size_t character_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0u) == 0x80u; };
  const unsigned first = byte(at), second = byte(at + 1);
  if (first < 0x80) return first == 0 ? 0 : 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(at + 1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const bool overlong = first == 0xE0 && second < 0xA0;
    const bool surrogate = first == 0xED && second > 0x9F;
    return follows(at + 1) && follows(at + 2) && !overlong && !surrogate ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool overlong = first == 0xF0 && second < 0x90;
    const bool too_large = first == 0xF4 && second > 0x8F;
    return follows(at + 1) && follows(at + 2) && follows(at + 3) && !overlong && !too_large ? 4 : 0;
  }
  return 0;
}

} // namespace

std::string clean_text(std::string_view text, std::size_t max_bytes) {
  std::string clean;
  clean.reserve(std::min(text.size(), max_bytes));
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = character_length(text, i);
    if (clean.size() + std::max<std::size_t>(length, 1) > max_bytes) break;
    if (length == 0)
      clean += '?';
    else
      clean.append(text.substr(i, length));
    i += std::max<std::size_t>(length, 1);
  }
  return clean;
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
  }
  return true;
}

std::string like_escaped(std::string_view text) {
  std::string escaped;
  for (char c : text) {
    if (c == '%' || c == '_' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

} // namespace ringmaster::db
