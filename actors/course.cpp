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

/// Takes the first step off the line: its word, its number and the rest. False: it is none.
bool next_step(std::string_view& line, std::string_view& what, std::int64_t& us,
               std::string_view& detail) {
  const auto end = std::min(line.find(';'), line.size());
  detail = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  what = next_word(detail);
  auto number = next_word(detail);
  if (!number.empty() && number.front() == '+') number.remove_prefix(1);
  const auto read = std::from_chars(number.data(), number.data() + number.size(), us);
  return !what.empty() && read.ec == std::errc{};
}

/// When the last step was, in microseconds; 0: there is none.
std::int64_t last_time(std::string_view line) {
  std::string_view what, detail;
  std::int64_t at_us = 0, us = 0;
  while (!line.empty())
    if (next_step(line, what, us, detail)) at_us += us;
  return at_us;
}

} // namespace

course::course(std::string_view stored) {
  const auto steps = read_course(stored);
  const auto skipped = steps.size() - std::min(steps.size(), most_earlier_steps);
  for (auto i = skipped; i < steps.size(); ++i)
    add(steps[i].what, steps[i].at, steps[i].detail);
}

void course::add(std::string_view what, time_point at, std::string_view detail) {
  text_ = longer_course(text_, what, at, detail);
}

std::string longer_course(std::string_view line, std::string_view what, time_point at,
                          std::string_view detail) {
  const std::int64_t now_us = at.time_since_epoch().count();
  const auto last_us = last_time(line);
  std::string step;
  if (!line.empty()) step += ';';
  step.append(what).append(line.empty() || now_us < last_us ? " " : " +");
  step += std::to_string(now_us - last_us);
  if (!detail.empty()) step.append(" ").append(one_line(detail));
  std::string longer(line);
  if (longer.size() + step.size() <= most_bytes) longer += step;
  return longer;
}

std::vector<course_step> read_course(std::string_view stored) {
  std::vector<course_step> steps;
  std::string_view what, detail;
  std::int64_t at_us = 0, us = 0;
  while (!stored.empty()) {
    if (!next_step(stored, what, us, detail)) continue;
    at_us += us;
    steps.push_back({std::string(what), time_point{microseconds{at_us}}, std::string(detail)});
  }
  return steps;
}

} // namespace ringmaster
