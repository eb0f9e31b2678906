#include "net/twilio/times.hpp"

#include <date/date.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace ringmaster::net {
namespace {

std::optional<int> number(std::string_view text, std::size_t most_digits) {
  int value = 0;
  if (text.empty() || text.size() > most_digits) return std::nullopt;
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }))
    return std::nullopt;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    if (end > 0) words.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

std::optional<int> month_of(std::string_view name) {
  constexpr std::array<std::string_view, 12> names = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<int>(found - names.begin()) + 1;
}

std::optional<seconds> time_of_day(std::string_view text) {
  if (text.size() != 8 || text[2] != ':' || text[5] != ':') return std::nullopt;
  const auto hour = number(text.substr(0, 2), 2);
  const auto minute = number(text.substr(3, 2), 2);
  const auto second = number(text.substr(6, 2), 2);
  if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 60)
    return std::nullopt;
  return seconds{*hour * 3600 + *minute * 60 + *second};
}

std::optional<seconds> zone_offset(std::string_view text) {
  if (text == "GMT" || text == "UTC" || text == "UT" || text == "Z") return seconds{0};
  if (text.size() != 5 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const auto hours = number(text.substr(1, 2), 2);
  const auto minutes = number(text.substr(3, 2), 2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const seconds offset{*hours * 3600 + *minutes * 60};
  return text[0] == '-' ? -offset : offset;
}

} // namespace

std::optional<time_point> parse_rfc2822(std::string_view text) {
  if (text.size() > 64) return std::nullopt;
  auto words = words_of(text);
  if (!words.empty() && words.front().back() == ',') words.erase(words.begin());
  if (words.size() != 5) return std::nullopt;
  const auto day = number(words[0], 2);
  const auto month = month_of(words[1]);
  const auto year = number(words[2], 4);
  const auto clock = time_of_day(words[3]);
  const auto zone = zone_offset(words[4]);
  if (!day || !month || !year || !clock || !zone) return std::nullopt;
  const date::year_month_day on{date::year{*year} / *month / *day};
  if (!on.ok() || *year < 1970) return std::nullopt;
  return date::sys_days{on} + *clock - *zone;
}

std::optional<seconds> parse_retry_after(std::string_view text, time_point now) {
  constexpr seconds longest{3600};
  if (const auto count = number(text, 9)) return std::min(seconds{*count}, longest);
  const auto date = parse_rfc2822(text);
  if (!date) return std::nullopt;
  const auto wait = std::chrono::ceil<seconds>(*date - now);
  return std::clamp(wait, seconds{0}, longest);
}

} // namespace ringmaster::net
