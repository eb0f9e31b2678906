#include "tests/simulation/trace.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdio>

namespace ringmaster::simulation {

namespace {

constexpr std::size_t most_lines = 3'000;

struct key {
  std::string_view text;
  char kind;
};

constexpr std::array<key, 8> keys{{{"business=", 'B'},
                                   {"run=", 'R'},
                                   {"job=", 'J'},
                                   {"lead=", 'L'},
                                   {"Run ", 'R'},
                                   {"run ", 'R'},
                                   {"Business ", 'B'},
                                   {"slot ", 0}}};
constexpr std::string_view key_beginnings = "brjlRBs";

/// Of libpq's words the server's address is left out: it is another one in every run.
std::string without_address(std::string_view line) {
  constexpr std::string_view before = "connection to server ", after = "failed: ";
  std::string text{line};
  const auto begin = text.find(before);
  if (begin == std::string::npos) return text;
  const auto end = text.find(after, begin);
  if (end != std::string::npos) text.erase(begin + before.size(), end - begin - before.size());
  return text;
}

} // namespace

void trace::say(microseconds at, const std::string& line) {
  std::array<char, 32> stamp{};
  auto size = std::snprintf(stamp.data(), stamp.size(), "%10.3f  ",
                            static_cast<double>(at.count()) / 1'000'000.0);
  auto text = std::string(stamp.data(), static_cast<std::size_t>(size)) + line;
  for (unsigned char c : text)
    digest_ = (digest_ ^ c) * 0x100000001b3ULL;
  ++count_;
  if (print_) std::printf("%s\n", text.c_str());
  lines_.push_back(std::move(text));
  if (lines_.size() > most_lines) lines_.pop_front();
}

void trace::say_log(microseconds at, std::string_view line) {
  say(at, "    log: " + translated(without_address(line)));
}

std::string trace::translated(std::string_view line) const {
  std::string text;
  for (std::size_t i = 0; i < line.size();) {
    const auto plain = std::min(line.find_first_of(key_beginnings, i), line.size()) - i;
    text += line.substr(i, plain);
    i += plain;
    const key* found = nullptr;
    for (const auto& each : keys)
      if (line.compare(i, each.text.size(), each.text) == 0) found = &each;
    if (found == nullptr) {
      if (i < line.size()) text += line[i++];
      continue;
    }
    text += found->text;
    i += found->text.size();
    std::int64_t number = 0;
    auto [end, problem] = std::from_chars(line.data() + i, line.data() + line.size(), number);
    if (problem != std::errc{}) continue;
    i = static_cast<std::size_t>(end - line.data());
    auto before = found->kind == 'B'   ? before_.business
                  : found->kind == 'R' ? before_.run
                  : found->kind == 'J' ? before_.job
                  : found->kind == 'L' ? before_.lead
                                       : 0;
    text += found->kind == 0 ? std::to_string(number) : named(found->kind, number - before);
  }
  return text;
}

std::string trace::last(std::size_t lines) const {
  std::string text;
  auto first = lines_.size() > lines ? lines_.size() - lines : 0;
  for (auto i = first; i < lines_.size(); ++i)
    text += lines_[i] + "\n";
  return text;
}

} // namespace ringmaster::simulation
