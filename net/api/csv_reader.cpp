#include "net/api/csv_reader.hpp"

#include <csv.h>

#include <algorithm>
#include <array>

namespace ringmaster::net::api {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

bool is_number(std::string_view cell) {
  return cell.size() > 1 && cell[0] == '+' &&
         cell.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

/// Spreadsheets run a cell that begins so; the wide forms are the same signs to some of them.
bool begins_a_formula(std::string_view cell) {
  // Marks are not seen, and often dropped, and with them the blanks behind them.
  for (bool marked = false;;) {
    if (cell.substr(0, byte_order_mark.size()) == byte_order_mark) {
      cell.remove_prefix(byte_order_mark.size());
      marked = true;
    } else if (marked && !cell.empty() && cell.front() == ' ') {
      cell.remove_prefix(1);
    } else {
      break;
    }
  }
  if (cell.empty() || is_number(cell)) return false;
  if (std::string_view("=+-@\t\r\n").find(cell[0]) != std::string_view::npos) return true;
  constexpr std::array<std::string_view, 4> wide = {"＝", "＋", "－", "＠"};
  return std::any_of(wide.begin(), wide.end(),
                     [&](std::string_view sign) { return cell.substr(0, sign.size()) == sign; });
}

} // namespace

struct csv_progress::parser {
  explicit parser(char separator) {
    // Not libcsv's strict mode: quotes inside a word are common in Hebrew and mean themselves.
    csv_init(&state, CSV_REPALL_NL); // empty lines are rows, too: they count
    csv_set_delim(&state, static_cast<unsigned char>(separator));
  }
  ~parser() { csv_free(&state); }
  parser(const parser&) = delete;
  parser& operator=(const parser&) = delete;

  static void take_cell(void* text, size_t length, void* context) {
    auto& into = *static_cast<parser*>(context);
    if (!into.stopped) into.cells.emplace_back(static_cast<const char*>(text), length);
  }
  static void take_row(int end, void* context) {
    auto& into = *static_cast<parser*>(context);
    const bool same_end = into.after_return && end == '\n' && into.cells.empty();
    into.after_return = end == '\r';
    if (into.stopped || same_end) return;
    ++into.rows;
    if (!(*into.row)(into.cells)) into.stopped = true;
    into.cells.clear();
  }

  csv_parser state{};
  const csv_row_fn* row = nullptr;
  csv_cells cells;
  std::size_t rows = 0;
  bool stopped = false;
  bool after_return = false; ///< the last row ended with CR: an LF right behind it belongs to it
};

csv_progress::csv_progress(std::string_view text, char separator)
    : parser_(std::make_unique<parser>(separator)), rest_(text) {
  if (rest_.substr(0, byte_order_mark.size()) == byte_order_mark)
    rest_.remove_prefix(byte_order_mark.size());
}

csv_progress::~csv_progress() = default;

result<bool> csv_progress::go_on(const csv_row_fn& row) {
  auto& csv = *parser_;
  csv.row = &row;
  if (csv.stopped) return false;
  if (!rest_.empty()) {
    const auto piece = rest_.substr(0, 64 * 1024);
    if (csv_parse(&csv.state, piece.data(), piece.size(), parser::take_cell, parser::take_row,
                  &csv) != piece.size())
      return failure{failure_kind::too_large, "malformed_csv",
                     "a cell of the CSV is too large to be read", ""};
    rest_.remove_prefix(piece.size());
    return !csv.stopped;
  }
  // At the end strict: a quote that is never closed would have swallowed the rest of the file.
  csv_set_opts(&csv.state, CSV_STRICT | CSV_STRICT_FINI);
  if (csv_fini(&csv.state, parser::take_cell, parser::take_row, &csv) != 0)
    return failure{failure_kind::invalid, "malformed_csv",
                   "a quoted cell behind line " + std::to_string(csv.rows) +
                       " is never closed: a double quote is missing",
                   ""};
  csv.stopped = true;
  return false;
}

result<done> read_csv(std::string_view text, char separator, const csv_row_fn& row) {
  csv_progress reading(text, separator);
  while (true) {
    const auto more = reading.go_on(row);
    if (!more) return more.error();
    if (!*more) return done{};
  }
}

char detect_separator(std::string_view text) {
  constexpr std::array<char, 3> candidates{',', ';', '\t'};
  std::array<std::size_t, 3> found{};
  bool quoted = false;
  text.remove_prefix(std::min(text.find_first_not_of("\r\n"), text.size()));
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (!quoted && (c == '\n' || c == '\r')) break;
    for (std::size_t i = 0; !quoted && i < candidates.size(); ++i)
      if (c == candidates[i]) ++found[i];
  }
  const auto most = std::max_element(found.begin(), found.end());
  return candidates[static_cast<std::size_t>(most - found.begin())];
}

void append_csv_row(std::string& out, const csv_cells& cells) {
  bool first = true;
  for (const auto& cell : cells) {
    if (!first) out += ',';
    first = false;
    const auto safe = begins_a_formula(cell) ? "'" + cell : cell;
    // Blanks at its ends are dropped by many readers, ours too.
    const bool blank = !safe.empty() && (safe.front() == ' ' || safe.back() == ' ');
    if (!blank && safe.find_first_of(",;\"\r\n\t") == std::string::npos) {
      out += safe;
      continue;
    }
    out += '"';
    for (const char c : safe) {
      if (c == '"') out += '"';
      out += c;
    }
    out += '"';
  }
  out += "\r\n";
}

} // namespace ringmaster::net::api
