#include "actors/prefix_pauses.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace ringmaster {

namespace {

/// Calling codes of two digits (ITU-T E.164); 1 and 7 have one, all others three.
constexpr std::array<std::string_view, 44> codes_of_two{
    "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46",
    "47", "48", "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63",
    "64", "65", "66", "81", "82", "84", "86", "90", "91", "92", "93", "94", "95", "98"};

microseconds length_of(int times) {
  return prefix_pauses::first_pause * (1 << (times - 1));
}

} // namespace

std::string calling_prefix(const phone_number& phone) {
  const auto& text = phone.value;
  if (text.size() < 3 || text[0] != '+') return text;
  if (text[1] == '1') return text.substr(0, 5);
  if (text[1] == '7') return text.substr(0, 2);
  const auto two = std::string_view(text).substr(1, 2);
  const bool short_code =
      std::find(codes_of_two.begin(), codes_of_two.end(), two) != codes_of_two.end();
  return text.substr(0, short_code ? 3 : 4);
}

std::optional<time_point> prefix_pauses::refused(const phone_number& phone, time_point now) {
  if (auto until = paused(phone, now)) return until; // it was in flight with the one before
  auto& pause = pauses_[calling_prefix(phone)];
  if (pause.times >= most_pauses) return std::nullopt;
  ++pause.times;
  pause.until = now + length_of(pause.times);
  return pause.until;
}

std::optional<time_point> prefix_pauses::paused(const phone_number& phone, time_point now) {
  const auto found = pauses_.find(calling_prefix(phone));
  if (found == pauses_.end()) return std::nullopt;
  auto& pause = found->second;
  // A clock that was set back must not prolong it.
  if (pause.until > now + length_of(pause.times)) pause.until = now;
  if (pause.until <= now) return std::nullopt;
  return pause.until;
}

void prefix_pauses::allowed(const phone_number& phone) {
  pauses_.erase(calling_prefix(phone));
}

} // namespace ringmaster
