#include "net/simulated_carrier/call_life.hpp"

#include <array>
#include <charconv>
#include <cstdlib>
#include <optional>

namespace ringmaster::net::sim {

namespace {

enum life_draw : std::uint64_t {
  draw_outcome = 1,
  draw_setup,
  draw_ring,
  draw_detection,
  draw_talk_0
};

milliseconds draw(const time_range& range, const chance& draws, std::uint64_t name) {
  return milliseconds{draws.between(name, range.low.count(), range.high.count())};
}

struct share_info {
  const char* name;
  double life_settings::*field;
  life_outcome outcome;
};
constexpr std::array<share_info, 6> shares{{
    {"answered", &life_settings::answered, life_outcome::answered},
    {"machine", &life_settings::machine, life_outcome::machine},
    {"busy", &life_settings::busy, life_outcome::busy},
    {"no_answer", &life_settings::no_answer, life_outcome::no_answer},
    {"failed", &life_settings::failed, life_outcome::failed},
    {"canceled", &life_settings::canceled, life_outcome::canceled},
}};

struct range_info {
  const char* name;
  time_range life_settings::*field;
};
constexpr std::array<range_info, 4> ranges{{
    {"setup_ms", &life_settings::setup},
    {"ring_ms", &life_settings::ring},
    {"talk_ms", &life_settings::talk},
    {"detection_ms", &life_settings::detection},
}};

std::optional<std::int64_t> parse_ms(std::string_view text) {
  std::int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (value < 0 || value > 86'400'000) return std::nullopt;
  return value;
}

std::optional<time_range> parse_range(std::string_view text) {
  auto dash = text.find('-');
  auto low = parse_ms(text.substr(0, dash));
  auto high = dash == std::string_view::npos ? low : parse_ms(text.substr(dash + 1));
  if (!low || !high || *high < *low) return std::nullopt;
  return time_range{milliseconds{*low}, milliseconds{*high}};
}

} // namespace

std::string life_settings::set(std::string_view name, std::string_view value) {
  for (const auto& s : shares) {
    if (name != s.name) continue;
    std::string text(value);
    char* end = nullptr;
    double share = std::strtod(text.c_str(), &end);
    if (text.empty() || *end != '\0' || !(share >= 0 && share <= 1e6))
      return std::string(name) + " is a share: a number from 0";
    this->*s.field = share;
    return {};
  }
  for (const auto& r : ranges) {
    if (name != r.name) continue;
    auto range = parse_range(value);
    if (!range) return std::string(name) + " is a time in milliseconds or a range: 300-1000";
    this->*r.field = *range;
    return {};
  }
  return "there is no setting \"" + std::string(name) + "\" of a call's life";
}

call_life draw_life(const life_settings& settings, const chance& draws) {
  call_life life;
  double total = 0;
  for (const auto& s : shares)
    total += settings.*s.field;
  double left = draws.unit(draw_outcome) * total;
  for (const auto& s : shares) {
    double share = settings.*s.field;
    if (share > 0 && left < share) {
      life.outcome = s.outcome;
      break;
    }
    left -= share;
  }
  life.setup = draw(settings.setup, draws, draw_setup);
  life.ring = draw(settings.ring, draws, draw_ring);
  life.talk = draw_talk(settings, draws, 0);
  life.detection = draw(settings.detection, draws, draw_detection);
  return life;
}

milliseconds draw_talk(const life_settings& settings, const chance& draws, std::uint64_t n) {
  return draw(settings.talk, draws, draw_talk_0 + n);
}

} // namespace ringmaster::net::sim
