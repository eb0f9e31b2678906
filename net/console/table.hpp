// Tables of text for a terminal: aligned columns that fit its width. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ringmaster::net::console {

enum class tone { plain, good, warning, bad, faint, heading };

struct cell {
  std::string text;
  tone looks = tone::plain;
};

struct column {
  std::string title;
  bool right = false; ///< numbers
  bool cuts = false;  ///< may be made narrower, and cut with "…", when the table is too wide
};

struct table {
  std::vector<column> columns;
  std::vector<std::vector<cell>> rows;
};

/// How many columns of a terminal this text takes. (Wide East Asian characters two, combining ones
/// and marks of direction none.)
std::size_t width_of(std::string_view text);
/// Without control characters: text from outside must not move the cursor.
std::string harmless(std::string_view text);
/// At most so wide; what is cut ends in "…".
std::string cut_to(std::string_view text, std::size_t width);

/// Lines, each at most `width` wide where cutting can do that. Colours: ANSI escapes.
std::string lay_out(const table& what, std::size_t width, bool colours);
/// Names and values, one pair a line.
std::string lay_out_facts(const std::vector<std::pair<std::string, cell>>& facts, std::size_t width,
                          bool colours);
std::string toned(const std::string& text, tone looks, bool colours);

} // namespace ringmaster::net::console
