// Reads CSV text row by row (libcsv): quotes, separators inside them, any line ends. Pure.
#pragma once

#include "actors/failure.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ringmaster::net::api {

using csv_cells = std::vector<std::string>;

/// Takes one row; false: no more are wanted.
using csv_row_fn = std::function<bool(csv_cells&)>;

/// Reads a text bit by bit. `text` must be valid UTF-8 and outlive this; a byte order mark at its
/// begin is skipped.
class csv_progress {
public:
  csv_progress(std::string_view text, char separator);
  ~csv_progress();
  csv_progress(const csv_progress&) = delete;
  csv_progress& operator=(const csv_progress&) = delete;

  /// Calls `row` for some rows more (an empty line is one without cells), in order; answers whether
  /// there may be others. Fails with "malformed_csv" when a quote is never closed.
  result<bool> go_on(const csv_row_fn& row);

private:
  struct parser;
  std::unique_ptr<parser> parser_;
  std::string_view rest_;
};

/// The whole text: calls `row` for each row until it returns false.
result<done> read_csv(std::string_view text, char separator, const csv_row_fn& row);

/// The separator that the first line uses: comma, semicolon or tab.
char detect_separator(std::string_view text);

/// Appends one row; cells that a spreadsheet would run as a formula are defused with an apostrophe.
/// A phone number in E.164 stays as it is: "+" and digits alone can do nothing.
void append_csv_row(std::string& out, const csv_cells& cells);

} // namespace ringmaster::net::api
