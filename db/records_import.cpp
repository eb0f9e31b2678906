#include "db/fields.hpp"
#include "db/lead_import.hpp"
#include "db/pg_records.hpp"

#include <algorithm>
#include <unordered_map>

namespace ringmaster::db {

namespace {

// For each row the lead that it is about, if there is one: the one with its external_id, else the
// oldest one with its number (a lead with another external_id is another person).
// LIMIT 1 also keeps each look-up one of its own, by index: as a join the planner, who knows
// nothing of rows that are new in this transaction, walks all leads of the business for each row.
const char* const match_sql = R"(
SELECT w.position, coalesce(x.id, p.id), coalesce(x.phone_e164, p.phone_e164)
FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS w (phone, external_id, position)
LEFT JOIN LATERAL (
  SELECT l.id, l.phone_e164 FROM leads l
  WHERE l.business_id = $1 AND l.external_id = w.external_id AND l.external_id <> ''
    AND l.deleted_at IS NULL
  LIMIT 1) x ON true
LEFT JOIN LATERAL (
  SELECT l.id, l.phone_e164 FROM leads l
  WHERE x.id IS NULL AND l.business_id = $1 AND l.phone_e164 = w.phone AND l.deleted_at IS NULL
    AND (w.external_id IS NULL OR l.external_id = '')
  ORDER BY l.id LIMIT 1) p ON true
WHERE coalesce(x.id, p.id) IS NOT NULL
ORDER BY w.position)";

const char* const update_sql = R"(
UPDATE leads l
SET phone_e164 = w.phone, first_name = coalesce(w.first_name, l.first_name),
    last_name = coalesce(w.last_name, l.last_name),
    external_id = coalesce(w.external_id, l.external_id),
    time_zone = coalesce(w.time_zone, l.time_zone), notes = coalesce(w.notes, l.notes)
FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
     AS w (id, phone, first_name, last_name, external_id, time_zone, notes)
WHERE l.business_id = $1 AND l.id = w.id)";

const char* const insert_sql = R"(
INSERT INTO leads (business_id, phone_e164, first_name, last_name, external_id, time_zone, notes,
                   created_at)
SELECT $1, w.phone, coalesce(w.first_name, ''), coalesce(w.last_name, ''),
       coalesce(w.external_id, ''), coalesce(w.time_zone, ''), coalesce(w.notes, ''),
       $8::timestamptz
FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
     WITH ORDINALITY
     AS w (phone, first_name, last_name, external_id, time_zone, notes, position)
ORDER BY w.position
RETURNING id)";

constexpr std::size_t rows_at_once = 5'000, reported_ids = 100'000;
constexpr std::size_t max_name = 200, max_notes = 4'000;

struct row_columns {
  sql_array phones, first_names, last_names, external_ids, time_zones, notes;

  void add(const lead_row& row) {
    const auto add_text = [](sql_array& to, const std::optional<std::string>& text,
                             std::size_t max_bytes) {
      if (text)
        to.add(clean_text(*text, max_bytes));
      else
        to.add_null();
    };
    phones.add(row.phone);
    add_text(first_names, row.first_name, max_name);
    add_text(last_names, row.last_name, max_name);
    add_text(external_ids, row.external_id, max_name);
    add_text(time_zones, row.time_zone, max_name);
    add_text(notes, row.notes, max_notes);
  }
};

// One import, chunk by chunk within one transaction.
class importer {
public:
  importer(pqxx::work& in, business_id business, time_point at)
      : in_(in), business_(business), at_(at) {}

  void take(const lead_row* const* first, const lead_row* const* last);
  /// After the last chunk.
  void finish() { follow_numbers(in_, business_, renumbered_.str(), at_); }
  import_summary summary;

private:
  struct target {
    std::int64_t lead = 0;
    std::string phone;
  };
  std::vector<target> match(const lead_row* const* first, const lead_row* const* last);
  void update(const std::vector<std::pair<const lead_row*, std::int64_t>>& known);
  void insert(const std::vector<const lead_row*>& fresh, std::vector<std::int64_t>& ids);

  pqxx::work& in_;
  business_id business_;
  time_point at_;
  sql_array renumbered_;                                    ///< leads
  std::unordered_map<std::int64_t, std::int64_t> taken_by_; ///< lead -> the row that changed it
};

std::vector<importer::target> importer::match(const lead_row* const* first,
                                              const lead_row* const* last) {
  sql_array phones, external_ids;
  for (auto each = first; each != last; ++each) {
    phones.add((*each)->phone);
    if ((*each)->external_id && !(*each)->external_id->empty())
      external_ids.add(clean_text(*(*each)->external_id, max_name));
    else
      external_ids.add_null();
  }
  std::vector<target> targets(static_cast<std::size_t>(last - first));
  for (const auto& row :
       in_.exec_params(match_sql, business_.value, phones.str(), external_ids.str()))
    targets[static_cast<std::size_t>(number_of(row[0]) - 1)] = {number_of(row[1]), text_of(row[2])};
  return targets;
}

void importer::update(const std::vector<std::pair<const lead_row*, std::int64_t>>& known) {
  if (known.empty()) return;
  sql_array ids;
  row_columns columns;
  for (const auto& [row, lead] : known) {
    ids.add(lead);
    columns.add(*row);
  }
  in_.exec_params(update_sql, business_.value, ids.str(), columns.phones.str(),
                  columns.first_names.str(), columns.last_names.str(), columns.external_ids.str(),
                  columns.time_zones.str(), columns.notes.str());
}

void importer::insert(const std::vector<const lead_row*>& fresh, std::vector<std::int64_t>& ids) {
  if (fresh.empty()) return;
  row_columns columns;
  for (const auto* row : fresh)
    columns.add(*row);
  for (const auto& row :
       in_.exec_params(insert_sql, business_.value, columns.phones.str(), columns.first_names.str(),
                       columns.last_names.str(), columns.external_ids.str(),
                       columns.time_zones.str(), columns.notes.str(), to_sql(at_)))
    ids.push_back(number_of(row[0]));
}

void importer::take(const lead_row* const* first, const lead_row* const* last) {
  const auto targets = match(first, last);
  std::vector<std::pair<const lead_row*, std::int64_t>> known;
  std::vector<const lead_row*> fresh;
  std::vector<std::int64_t> in_order; // 0: the next fresh one
  for (auto each = first; each != last; ++each) {
    const auto& row = **each;
    const auto& found = targets[static_cast<std::size_t>(each - first)];
    if (found.lead == 0) {
      fresh.push_back(&row);
      in_order.push_back(0);
      continue;
    }
    const auto [earlier, is_first] = taken_by_.emplace(found.lead, row.row);
    if (!is_first) {
      ++summary.skipped;
      summary.errors.push_back(
          {row.row, "phone", "the same lead as row " + std::to_string(earlier->second)});
      continue;
    }
    known.emplace_back(&row, found.lead);
    in_order.push_back(found.lead);
    if (found.phone != row.phone.value) renumbered_.add(found.lead);
  }
  update(known);
  std::vector<std::int64_t> made;
  insert(fresh, made);
  summary.updated += static_cast<std::int64_t>(known.size());
  summary.imported += static_cast<std::int64_t>(made.size());
  auto next = made.begin();
  for (const auto lead : in_order) {
    const auto id = lead != 0 ? lead : *next++;
    taken_by_.emplace(id, 0);
    if (summary.lead_ids.size() < reported_ids) summary.lead_ids.emplace_back(id);
  }
}

} // namespace

namespace {

result<import_summary> do_import(pqxx::work& in, business_id id, const std::vector<lead_row>& rows,
                                 time_point at) {
  const auto folded = fold_rows(rows);
  if (in.exec_params("SELECT FROM businesses WHERE id = $1", id.value).empty())
    return no_such("business");
  // One import of a business at a time: both would insert what neither found.
  in.exec_params("SELECT pg_advisory_xact_lock($1)", id.value);
  importer work{in, id, at};
  work.summary.errors = folded.skipped;
  work.summary.skipped = static_cast<std::int64_t>(folded.skipped.size());
  const auto* const begin = folded.rows.data();
  for (std::size_t i = 0; i < folded.rows.size(); i += rows_at_once)
    work.take(begin + i, begin + std::min(i + rows_at_once, folded.rows.size()));
  work.finish();
  std::stable_sort(work.summary.errors.begin(), work.summary.errors.end(),
                   [](const row_error& a, const row_error& b) { return a.row < b.row; });
  return std::move(work.summary);
}

} // namespace

result<import_summary> pg_records::import_leads(business_id id, const std::vector<lead_row>& rows,
                                                time_point at) {
  return in_audited<import_summary>(
      [&](pqxx::work& in) -> result<import_summary> { return do_import(in, id, rows, at); },
      [&](const import_summary& made) {
        return audit_line{id, "leads.import", 0,
                          "{\"imported\":" + std::to_string(made.imported) +
                              ",\"updated\":" + std::to_string(made.updated) + "}"};
      });
}

result<import_summary> pg_records::preview_import(business_id id, const std::vector<lead_row>& rows,
                                                  time_point at) {
  // The import itself, taken back: what it says can't differ from what will be done.
  std::optional<result<import_summary>> seen;
  auto rolled_back = in_one<done>([&](pqxx::work& in) -> result<done> {
    seen.emplace(do_import(in, id, rows, at));
    return failure{failure_kind::conflict, "preview", "taken back", ""};
  });
  if (rolled_back.error().code != "preview") return rolled_back.error();
  if (*seen) (*seen)->lead_ids.clear(); // they never were
  return std::move(*seen);
}

} // namespace ringmaster::db
