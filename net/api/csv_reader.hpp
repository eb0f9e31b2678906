// Reads CSV text row by row (libcsv): quotes, separators inside them, any line ends. Pure.
#pragma once

#include "actors/failure.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace ringmaster::net::api {

using csv_cells = std::vector<std::string>;

/// Calls `row` for each row (an empty line is one without cells), in order, until it returns false.
/// Fails with "malformed_csv" when a quote is never closed. `text` must be valid UTF-8; a byte
/// order mark at its begin is skipped.
result<done> read_csv(std::string_view text, char separator,
                      const std::function<bool(csv_cells&)>& row);

/// The separator that the first line uses: comma, semicolon or tab.
char detect_separator(std::string_view text);

/// Appends one row; cells that a spreadsheet would run as a formula are defused with an apostrophe.
/// A phone number in E.164 stays as it is: "+" and digits alone can do nothing.
void append_csv_row(std::string& out, const csv_cells& cells);

} // namespace ringmaster::net::api
