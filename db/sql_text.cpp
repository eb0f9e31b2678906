#include "db/sql_text.hpp"

#include <date/date.h>

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace ringmaster::db {

void sql_array::separate() {
  if (text_.size() > 1) text_ += ',';
}

sql_array& sql_array::add(std::int64_t value) {
  separate();
  char digits[24];
  text_.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
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
  // In pieces that need no backslash: nearly always the whole.
  for (auto at = text.find_first_of("\"\\"); at != std::string_view::npos;
       at = text.find_first_of("\"\\", 1)) {
    text_.append(text.substr(0, at)) += '\\';
    text.remove_prefix(at);
  }
  text_.append(text) += '"';
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

std::string sql_array::str() const {
  std::string whole;
  whole.reserve(text_.size() + 1);
  return whole.append(text_) += '}';
}

namespace {

// PostgreSQL's years go further, but no time of ours lies outside these.
constexpr date::sys_days first_day = date::year{1} / 1 / 1;
constexpr date::sys_days day_after_last = date::year{10'000} / 1 / 1;

// The last `digits` decimal digits of `value`, then one more character.
char* write_part(char* to, unsigned value, int digits, char behind) {
  for (int i = digits - 1; i >= 0; --i, value /= 10)
    to[i] = static_cast<char>('0' + value % 10);
  to[digits] = behind;
  return to + digits + 1;
}

} // namespace

std::string to_sql(time_point at) {
  at = std::clamp<time_point>(at, first_day, time_point{day_after_last} - microseconds{1});
  const auto day = date::floor<date::days>(at);
  const date::year_month_day on{day};
  const date::hh_mm_ss<microseconds> clock{at - day};
  const auto number = [](auto of) { return static_cast<unsigned>(of.count()); };
  // By hand: several for each call, and snprintf was a twentieth of the store's own work.
  char text[32];
  char* end = write_part(text, static_cast<unsigned>(static_cast<int>(on.year())), 4, '-');
  end = write_part(end, static_cast<unsigned>(on.month()), 2, '-');
  end = write_part(end, static_cast<unsigned>(on.day()), 2, ' ');
  end = write_part(end, number(clock.hours()), 2, ':');
  end = write_part(end, number(clock.minutes()), 2, ':');
  end = write_part(end, number(clock.seconds()), 2, '.');
  end = write_part(end, number(clock.subseconds()), 6, '+');
  end = write_part(end, 0, 2, '\0');
  return {text, end - 1};
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
  const auto plain = [](char c) { return static_cast<signed char>(c) > 0; }; // ASCII, no NUL
  if (text.size() <= max_bytes && std::all_of(text.begin(), text.end(), plain))
    return std::string{text};
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
