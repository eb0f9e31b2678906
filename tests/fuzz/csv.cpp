// Leads from CSV, and the CSV that is written for spreadsheets.
#include "net/api/csv_import.hpp"
#include "net/api/csv_reader.hpp"
#include "net/api/text.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace ringmaster;
using namespace ringmaster::net;
using namespace ringmaster::fuzz;

namespace {

constexpr std::string_view mark = "\xEF\xBB\xBF"; // the byte order mark

bool is_number(std::string_view cell) {
  return cell.size() > 1 && cell[0] == '+' &&
         cell.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

void writes_what_no_spreadsheet_runs(const api::csv_cells& cells) {
  std::string row;
  api::append_csv_row(row, cells);
  std::vector<api::csv_cells> read;
  const auto done = api::read_csv(row, ',', [&](api::csv_cells& one) {
    read.push_back(one);
    return true;
  });
  promise(static_cast<bool>(done), "what is written can be read");
  if (cells.empty() || (cells.size() == 1 && (cells[0].empty() || cells[0] == mark)))
    return; // an empty line
  promise(read.size() == 1 && read[0].size() == cells.size(), "one row of as many cells");
  for (std::size_t i = 0; i < cells.size(); ++i) {
    std::string_view cell = read[0][i];
    if (cell.substr(0, mark.size()) == mark) cell.remove_prefix(mark.size());
    promise(cell.empty() || is_number(cell) ||
                std::string_view("=+-@\t\r\n").find(cell[0]) == std::string_view::npos,
            "no cell begins like a formula");
    promise(cell.size() <= cells[i].size() + 1, "an apostrophe at most is added");
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = text_of(data, size);
  if (const auto leads = api::read_lead_csv(text, "US")) {
    for (const auto& lead : leads->rows)
      promise(lead.phone.value.size() >= 3 && is_number(lead.phone.value), "numbers in E.164");
  }
  if (api::first_invalid_utf8(text) != std::string_view::npos) return 0;
  static_cast<void>(api::read_csv(text, api::detect_separator(text), [](api::csv_cells& cells) {
    writes_what_no_spreadsheet_runs(cells);
    return true;
  }));
  return 0;
}
