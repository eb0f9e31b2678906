#include "db/sql_text.hpp"

#include <date/date.h>

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

// PostgreSQL's years go further, but no time of ours lies outside these.
constexpr date::sys_days first_day = date::year{1} / 1 / 1;
constexpr date::sys_days day_after_last = date::year{10'000} / 1 / 1;

} // namespace

std::string to_sql(time_point at) {
  at = std::clamp<time_point>(at, first_day, time_point{day_after_last} - microseconds{1});
  const auto day = date::floor<date::days>(at);
  const date::year_month_day on{day};
  const date::hh_mm_ss<microseconds> clock{at - day};
  char text[64];
  std::snprintf(
      text, sizeof text, "%04d-%02u-%02u %02d:%02d:%02d.%06d+00", static_cast<int>(on.year()),
      static_cast<unsigned>(on.month()), static_cast<unsigned>(on.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return text;
}

time_point time_from_sql(std::string_view text) {
  int year = 0, hour = 0, minute = 0, second = 0, parsed = 0;
  unsigned month = 0, day = 0;
  const std::string whole{text};
  if (std::sscanf(whole.c_str(), "%d-%u-%u %d:%d:%d%n", &year, &month, &day, &hour, &minute,
                  &second, &parsed) != 6)
    return {};
  if (year > 9'999) return time_point{day_after_last} - microseconds{1};
  std::int64_t micros = 0;
  std::size_t i = static_cast<std::size_t>(parsed);
  if (i < whole.size() && whole[i] == '.') {
    std::int64_t unit = 1'000'000;
    for (++i; i < whole.size() && whole[i] >= '0' && whole[i] <= '9' && unit > 1; ++i) {
      unit /= 10;
      micros += (whole[i] - '0') * unit;
    }
  }
  const date::sys_days on{date::year{year} / static_cast<int>(month) / static_cast<int>(day)};
  return on + std::chrono::hours{hour} + std::chrono::minutes{minute} + seconds{second} +
         microseconds{micros};
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

std::string like_escaped(std::string_view text) {
  std::string escaped;
  for (char c : text) {
    if (c == '%' || c == '_' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

} // namespace ringmaster::db
