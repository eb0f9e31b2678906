#include "net/api/csv_import.hpp"

#include "net/api/csv_reader.hpp"
#include "net/api/text.hpp"
#include "net/webhooks/utf8.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

namespace ringmaster::net::api {
namespace {

constexpr std::size_t most_columns = 200;
constexpr std::size_t longest_header = 100; ///< characters

enum class column { phone, name, first_name, last_name, external_id, time_zone, notes, ignored };

failure import_refusal(std::string code, std::string message, std::string field = {}) {
  return {failure_kind::invalid, std::move(code), std::move(message), std::move(field)};
}

/// Case, spaces, dashes and marks of direction don't count in a header.
std::string header_key(std::string_view cell) {
  std::string key;
  const auto lower = ascii_lower(trimmed(cell));
  for (std::size_t at = 0; at < lower.size();) {
    const auto begin = at;
    const auto c = next_character(lower, at);
    if (c == ' ' || c == '-' || c == '_' || c == '.' || c == 0xA0 || is_invisible_mark(c)) continue;
    key.append(lower, begin, at - begin);
  }
  return key;
}

/// What a header says; weakly when the word is also used for other things: it counts only where no
/// other column says the same.
struct meaning {
  column what = column::ignored;
  bool weak = false;
};

meaning meaning_of(std::string_view cell) {
  static const std::map<std::string, meaning, std::less<>> known{
      {"phone", {column::phone}},
      {"phonenumber", {column::phone}},
      {"phonee164", {column::phone}},
      {"mobile", {column::phone}},
      {"mobilephone", {column::phone}},
      {"cell", {column::phone}},
      {"cellphone", {column::phone}},
      {"telephone", {column::phone}},
      {"tel", {column::phone}},
      {"number", {column::phone, true}},
      {"טלפון", {column::phone}},
      {"מספרטלפון", {column::phone}},
      {"נייד", {column::phone}},
      {"טלפוןנייד", {column::phone}},
      {"סלולרי", {column::phone}},
      {"מספר", {column::phone, true}},
      {"name", {column::name}},
      {"fullname", {column::name}},
      {"שם", {column::name}},
      {"שםמלא", {column::name}},
      {"firstname", {column::first_name}},
      {"givenname", {column::first_name}},
      {"שםפרטי", {column::first_name}},
      {"lastname", {column::last_name}},
      {"surname", {column::last_name}},
      {"familyname", {column::last_name}},
      {"שםמשפחה", {column::last_name}},
      {"משפחה", {column::last_name, true}},
      {"externalid", {column::external_id}},
      {"id", {column::external_id, true}},
      {"מזהה", {column::external_id}},
      {"מזההחיצוני", {column::external_id}},
      {"timezone", {column::time_zone}},
      {"tz", {column::time_zone}},
      {"אזורזמן", {column::time_zone}},
      {"notes", {column::notes}},
      {"note", {column::notes}},
      {"comments", {column::notes, true}},
      {"comment", {column::notes, true}},
      {"הערות", {column::notes}},
      {"הערה", {column::notes}}};
  const auto found = known.find(header_key(cell));
  return found == known.end() ? meaning{} : found->second;
}

/// Refuses what is not UTF-8 text, naming the place and the likely reason.
std::optional<failure> encoding_problem(std::string_view text) {
  if (text.substr(0, 2) == "\xFF\xFE" || text.substr(0, 2) == "\xFE\xFF")
    return import_refusal("not_utf8", "the CSV is in UTF-16: save it as \"CSV UTF-8\"");
  if (const auto nul = text.find('\0'); nul != std::string_view::npos)
    return import_refusal("not_utf8", "byte " + std::to_string(nul + 1) +
                                          " of the CSV is NUL: it is no text in UTF-8");
  const auto bad = first_invalid_utf8(text);
  if (bad == std::string_view::npos) return std::nullopt;
  const auto line =
      1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(bad), '\n');
  return import_refusal("not_utf8",
                        "line " + std::to_string(line) + " (byte " + std::to_string(bad + 1) +
                            ") of the CSV is not UTF-8; it looks like a Windows or Latin "
                            "encoding: save it as \"CSV UTF-8\"");
}

struct header {
  std::vector<column> columns;
  std::vector<std::string> ignored;
  std::vector<std::pair<std::string, std::string>> told; ///< header and field
};

const char* field_name(column what) {
  switch (what) {
  case column::phone:
    return "phone";
  case column::name:
    return "name";
  case column::first_name:
    return "first_name";
  case column::last_name:
    return "last_name";
  case column::external_id:
    return "external_id";
  case column::time_zone:
    return "time_zone";
  case column::notes:
    return "notes";
  case column::ignored:
    break;
  }
  return "";
}

result<header> read_header(const csv_cells& cells) {
  if (cells.size() > most_columns)
    return import_refusal("too_many",
                          "the CSV has more than " + std::to_string(most_columns) + " columns");
  for (const auto& cell : cells)
    if (character_count(cell) > longest_header)
      return import_refusal("too_long",
                            "the first row holds a very long cell: it is no header row");
  header found;
  found.columns.assign(cells.size(), column::ignored);
  std::set<column> seen;
  for (const bool weak : {false, true})
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const auto meant = meaning_of(cells[i]);
      if (meant.what == column::ignored || meant.weak != weak) continue;
      if (seen.insert(meant.what).second)
        found.columns[i] = meant.what;
      else if (!weak)
        return import_refusal("duplicate_column",
                              "two columns of the header row mean the same; one of "
                              "them is \"" +
                                  trimmed(cells[i]) + "\"");
    }
  for (std::size_t i = 0; i < cells.size(); ++i)
    if (found.columns[i] == column::ignored && !trimmed(cells[i]).empty())
      found.ignored.push_back(trimmed(cells[i]));
  for (std::size_t i = 0; i < cells.size(); ++i)
    found.told.emplace_back(trimmed(cells[i]), field_name(found.columns[i]));
  if (seen.count(column::phone) == 0)
    return import_refusal("phone_column_missing",
                          "the header row has no phone column (\"phone\" or \"טלפון\")", "phone");
  return found;
}

/// An empty cell leaves what is there.
void take_cell(raw_lead& raw, column what, std::string& cell) {
  if (cell.empty()) return;
  switch (what) {
  case column::phone:
    // Spreadsheets mark a number kept as text with an apostrophe.
    raw.phone = cell[0] == '\'' ? cell.substr(1) : std::move(cell);
    break;
  case column::name:
    raw.name = std::move(cell);
    break;
  case column::first_name:
    raw.first_name = std::move(cell);
    break;
  case column::last_name:
    raw.last_name = std::move(cell);
    break;
  case column::external_id:
    raw.external_id = std::move(cell);
    break;
  case column::time_zone:
    raw.time_zone = std::move(cell);
    break;
  case column::notes:
    raw.notes = std::move(cell);
    break;
  case column::ignored:
    break;
  }
}

bool is_blank(const csv_cells& cells) {
  return std::all_of(cells.begin(), cells.end(), [](const auto& cell) { return cell.empty(); });
}

constexpr std::size_t rows_at_once = 5'000;

class csv_leads final : public lead_reader {
public:
  csv_leads(std::string_view text, std::string region) : text_(text), region_(std::move(region)) {
    csv_leads::rewind();
  }

  result<std::vector<lead_row>> next() override {
    const auto take = [this](csv_cells& cells) { return take_row(cells); };
    while (more_ && batch_.rows.size() < rows_at_once) {
      const auto more = reading_->go_on(take);
      if (problem_) return *problem_;
      if (!more) return more.error();
      more_ = *more;
    }
    found_any_ = found_any_ || !batch_.rows.empty() || batch_.bad_rows > 0;
    if (!head_)
      return import_refusal("no_rows", "the CSV is empty: a header row and data rows are expected");
    if (!found_any_) return import_refusal("no_rows", "the CSV has a header row and no data rows");
    return std::exchange(batch_.rows, {});
  }

  void rewind() override {
    reading_ = std::make_unique<csv_progress>(text_, detect_separator(text_));
    batch_ = {};
    head_.reset();
    problem_.reset();
    row_ = 0;
    more_ = true;
    found_any_ = false;
  }

  const lead_batch& told() const override { return batch_; }

private:
  bool stop(failure why) {
    problem_ = std::move(why);
    return false;
  }

  bool take_head(const csv_cells& cells) {
    if (cells.empty()) return true; // lines above the header
    auto found = read_header(cells);
    if (!found) return stop(found.error());
    batch_.ignored_columns = std::move(found->ignored);
    batch_.columns = std::move(found->told);
    head_ = std::move(found->columns);
    return true;
  }

  bool take_row(csv_cells& cells) {
    if (!head_) return take_head(cells);
    if (++row_ > static_cast<std::int64_t>(most_rows))
      return stop({failure_kind::too_large, "too_many_rows",
                   "one import holds at most " + std::to_string(most_rows) +
                       " rows: send the rest in another",
                   ""});
    if (is_blank(cells)) return true;
    if (cells.size() > head_->size()) {
      batch_.add_error(row_, "", "the row has more cells than the header");
      return true;
    }
    raw_lead raw;
    for (std::size_t i = 0; i < cells.size(); ++i)
      take_cell(raw, (*head_)[i], cells[i]);
    add_lead(batch_, row_, std::move(raw), region_);
    return true;
  }

  const std::string_view text_;
  const std::string region_;
  std::unique_ptr<csv_progress> reading_;
  lead_batch batch_;
  std::optional<std::vector<column>> head_;
  std::optional<failure> problem_;
  std::int64_t row_ = 0;
  bool more_ = true, found_any_ = false;
};

class batch_leads final : public lead_reader {
public:
  explicit batch_leads(lead_batch batch) : batch_(std::move(batch)) {}

  result<std::vector<lead_row>> next() override { return rows_.next(); }
  void rewind() override { rows_.rewind(); }
  const lead_batch& told() const override { return batch_; }

private:
  const lead_batch batch_;
  listed_leads rows_{batch_.rows};
};

} // namespace

result<std::unique_ptr<lead_reader>> open_lead_csv(std::string_view text,
                                                   const std::string& region) {
  if (auto problem = encoding_problem(text)) return *problem;
  return std::unique_ptr<lead_reader>(std::make_unique<csv_leads>(text, region));
}

std::unique_ptr<lead_reader> reader_of(lead_batch batch) {
  return std::make_unique<batch_leads>(std::move(batch));
}

result<lead_batch> read_lead_csv(std::string_view text, const std::string& region) {
  auto reader = open_lead_csv(text, region);
  if (!reader) return reader.error();
  std::vector<lead_row> all;
  while (true) {
    auto rows = (*reader)->next();
    if (!rows) return rows.error();
    if (rows->empty()) break;
    std::move(rows->begin(), rows->end(), std::back_inserter(all));
  }
  auto batch = (*reader)->told();
  batch.rows = std::move(all);
  return batch;
}

result<lead_batch> read_lead_array(const nlohmann::json& array, const std::string& region) {
  if (!array.is_array())
    return import_refusal("wrong_type", "an array of leads is expected, not " + type_name(array));
  if (array.empty()) return import_refusal("no_rows", "the array of leads is empty");
  if (array.size() > most_rows)
    return failure{failure_kind::too_large, "too_many_rows",
                   "one import holds at most " + std::to_string(most_rows) + " leads", ""};
  lead_batch batch;
  for (std::size_t i = 0; i < array.size(); ++i) {
    object_reader in(array[i], "[" + std::to_string(i) + "]");
    constexpr text_rule any_text{100'000, 0, true}; // the rules of a row judge, and tell the row
    raw_lead raw;
    const auto phone = in.text("phone_e164", any_text);
    const auto alias = in.text("phone", any_text);
    raw.phone = phone.value_or(alias.value_or(std::string()));
    raw.name = in.text("name", any_text);
    raw.first_name = in.text("first_name", any_text);
    raw.last_name = in.text("last_name", any_text);
    raw.external_id = in.text("external_id", any_text);
    raw.time_zone = in.text("time_zone", any_text);
    raw.notes = in.text("notes", any_text);
    if (phone && alias) in.refuse("ambiguous_field", "give phone_e164 or phone, not both", "phone");
    if (auto why = in.refusal()) return *why;
    add_lead(batch, static_cast<std::int64_t>(i) + 1, std::move(raw), region);
  }
  return batch;
}

} // namespace ringmaster::net::api
