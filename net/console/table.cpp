#include "net/console/table.hpp"

#include "net/api/text.hpp"

#include <algorithm>

namespace ringmaster::net::console {

namespace {

constexpr std::size_t gap = 2, least = 6;
constexpr const char* ellipsis = "…";

std::size_t columns_of(char32_t c) {
  const auto in = [c](char32_t from, char32_t to) { return c >= from && c <= to; };
  if (in(0x0300, 0x036f) || in(0x0591, 0x05bd) || in(0x200b, 0x200f) || in(0x202a, 0x202e) ||
      in(0x2066, 0x2069) || in(0xfe00, 0xfe0f) || c == 0xfeff)
    return 0;
  if (in(0x1100, 0x115f) || in(0x2e80, 0xa4cf) || in(0xac00, 0xd7a3) || in(0xf900, 0xfaff) ||
      in(0xfe30, 0xfe6f) || in(0xff00, 0xff60) || in(0xffe0, 0xffe6) || in(0x1f300, 0x1faff) ||
      in(0x20000, 0x3fffd))
    return 2;
  return 1;
}

std::string padded(const std::string& text, std::size_t width, bool right) {
  const auto has = width_of(std::string_view(text));
  const std::string blanks(width > has ? width - has : 0, ' ');
  return right ? blanks + text : text + blanks;
}

std::vector<std::size_t> natural_widths(const table& what) {
  std::vector<std::size_t> widths;
  for (const auto& one : what.columns)
    widths.push_back(width_of(std::string_view(one.title)));
  for (const auto& row : what.rows)
    for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i)
      widths[i] = std::max(widths[i], width_of(std::string_view(harmless(row[i].text))));
  return widths;
}

/// The widest column that may be cut gives first.
void fit(std::vector<std::size_t>& widths, const std::vector<column>& columns, std::size_t width) {
  for (;;) {
    std::size_t all = widths.empty() ? 0 : (widths.size() - 1) * gap;
    for (const auto one : widths)
      all += one;
    if (all <= width) return;
    std::size_t widest = columns.size();
    for (std::size_t i = 0; i < columns.size(); ++i)
      if (columns[i].cuts && widths[i] > least &&
          (widest == columns.size() || widths[i] > widths[widest]))
        widest = i;
    if (widest == columns.size()) return;
    --widths[widest];
  }
}

} // namespace

std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size();)
    width += columns_of(api::next_character(text, at));
  return width;
}

std::string harmless(std::string_view text) {
  std::string clean;
  for (std::size_t at = 0; at < text.size();) {
    const auto begin = at;
    const auto c = api::next_character(text, at);
    const bool moves = c < 0x20 || (c >= 0x7f && c <= 0x9f) || (c >= 0x202a && c <= 0x202e) ||
                       (c >= 0x2066 && c <= 0x2069) || c == 0xfffd;
    if (moves)
      clean += '?';
    else
      clean += text.substr(begin, at - begin);
  }
  return clean;
}

std::string cut_to(std::string_view text, std::size_t width) {
  if (width_of(text) <= width) return std::string(text);
  std::string kept;
  std::size_t used = 1; // the ellipsis
  for (std::size_t at = 0; at < text.size();) {
    const auto begin = at;
    used += columns_of(api::next_character(text, at));
    if (used > width) break;
    kept += text.substr(begin, at - begin);
  }
  return width == 0 ? std::string() : kept + ellipsis;
}

std::string toned(const std::string& text, tone looks, bool colours) {
  if (!colours || looks == tone::plain || text.empty()) return text;
  const char* code = looks == tone::good      ? "32"
                     : looks == tone::warning ? "33"
                     : looks == tone::bad     ? "31"
                     : looks == tone::faint   ? "2"
                                              : "1";
  return std::string("\x1b[") + code + "m" + text + "\x1b[0m";
}

std::string lay_out(const table& what, std::size_t width, bool colours) {
  auto widths = natural_widths(what);
  fit(widths, what.columns, width);
  const auto line = [&](const std::vector<cell>& row) {
    std::string text;
    for (std::size_t i = 0; i < what.columns.size(); ++i) {
      const auto& one = i < row.size() ? row[i] : cell{};
      const bool last = i + 1 == what.columns.size() && !what.columns[i].right;
      auto shown = cut_to(harmless(one.text), widths[i]);
      if (!last) shown = padded(shown, widths[i], what.columns[i].right);
      text += (i == 0 ? "" : std::string(gap, ' ')) + toned(shown, one.looks, colours);
    }
    return text + "\n";
  };
  std::vector<cell> titles;
  for (const auto& one : what.columns)
    titles.push_back({one.title, tone::heading});
  std::string text = line(titles);
  for (const auto& row : what.rows)
    text += line(row);
  return text;
}

std::string lay_out_facts(const std::vector<std::pair<std::string, cell>>& facts, std::size_t width,
                          bool colours) {
  std::size_t names = 0;
  for (const auto& [name, value] : facts)
    names = std::max(names, width_of(std::string_view(name)));
  std::string text;
  for (const auto& [name, value] : facts) {
    const auto room = width > names + gap + least ? width - names - gap : least;
    text += toned(padded(name, names, false), tone::heading, colours) + std::string(gap, ' ') +
            toned(cut_to(harmless(value.text), room), value.looks, colours) + "\n";
  }
  return text;
}

} // namespace ringmaster::net::console
