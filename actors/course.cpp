#include "actors/course.hpp"

#include <algorithm>
#include <charconv>

namespace ringmaster {
namespace {

constexpr std::size_t most_bytes = 2'000, most_detail = 120;
/// What came before an attempt (it was put back, again and again) leaves room for its own course.
constexpr std::size_t most_earlier_steps = 12;

std::string one_line(std::string_view text) {
  std::string line(text.substr(0, most_detail));
  for (auto& c : line)
    if (c == ';' || static_cast<unsigned char>(c) < ' ') c = ',';
  return line;
}

/// The word up to the next space, which is taken off.
std::string_view next_word(std::string_view& rest) {
  const auto end = std::min(rest.find(' '), rest.size());
  const auto word = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return word;
}

} // namespace

course::course(std::string_view stored) {
  const auto steps = read_course(stored);
  const auto skipped = steps.size() - std::min(steps.size(), most_earlier_steps);
  for (auto i = skipped; i < steps.size(); ++i)
    add(steps[i].what, steps[i].at, steps[i].detail);
}

void course::add(std::string_view what, time_point at, std::string_view detail) {
  const std::int64_t now_us = at.time_since_epoch().count();
  std::string step;
  if (!text_.empty()) step += ';';
  step.append(what).append(text_.empty() || now_us < last_us_ ? " " : " +");
  step += std::to_string(now_us - last_us_);
  if (!detail.empty()) step.append(" ").append(one_line(detail));
  if (text_.size() + step.size() > most_bytes) return;
  text_ += step;
  last_us_ = now_us;
}

std::vector<course_step> read_course(std::string_view stored) {
  std::vector<course_step> steps;
  std::int64_t at_us = 0;
  while (!stored.empty()) {
    const auto end = std::min(stored.find(';'), stored.size());
    auto rest = stored.substr(0, end);
    stored.remove_prefix(std::min(end + 1, stored.size()));
    const auto what = next_word(rest);
    auto number = next_word(rest);
    if (!number.empty() && number.front() == '+') number.remove_prefix(1);
    std::int64_t us = 0;
    const auto read = std::from_chars(number.data(), number.data() + number.size(), us);
    if (what.empty() || read.ec != std::errc{}) continue;
    at_us += us;
    steps.push_back({std::string(what), time_point{microseconds{at_us}}, std::string(rest)});
  }
  return steps;
}

} // namespace ringmaster
