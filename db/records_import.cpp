#include "db/fields.hpp"
#include "db/lead_import.hpp"
#include "db/pg_records.hpp"

#include <algorithm>
#include <iterator>
#include <unordered_map>
#include <utility>

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
WHERE l.business_id = $1 AND l.id = w.id
  AND (l.phone_e164, l.first_name, l.last_name, l.external_id, l.time_zone, l.notes) <>
      (w.phone, coalesce(w.first_name, l.first_name), coalesce(w.last_name, l.last_name),
       coalesce(w.external_id, l.external_id), coalesce(w.time_zone, l.time_zone),
       coalesce(w.notes, l.notes)))";

constexpr std::size_t max_name = 200, max_notes = 4'000;

const char* const any_lead_sql =
    "SELECT FROM leads WHERE business_id = $1 AND deleted_at IS NULL LIMIT 1";
const char* const new_ids_sql = "SELECT nextval('lead_ids') FROM generate_series(1, $1::bigint)";
const std::vector<std::string> lead_columns{"business_id", "id",        "phone_e164",
                                            "first_name",  "last_name", "external_id",
                                            "time_zone",   "notes",     "created_at"};

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

// One import, batch by batch within one transaction.
class importer {
public:
  importer(pqxx::work& in, business_id business, time_point at)
      : in_(in), business_(business), at_(at),
        knows_leads_(!in.exec_params(any_lead_sql, business.value).empty()) {}

  void take(const std::vector<lead_row>& rows);
  /// After the last batch.
  void finish() { follow_numbers(in_, business_, renumbered_.str(), at_); }
  import_summary summary;

private:
  struct target {
    std::int64_t lead = 0;
    std::string phone;
  };
  using row_list = std::vector<const lead_row*>;
  row_list fold(const std::vector<lead_row>& rows);
  std::vector<target> match(const row_list& rows);
  void update(const std::vector<std::pair<const lead_row*, std::int64_t>>& known);
  std::vector<std::int64_t> insert(const row_list& fresh);
  void tell(std::vector<row_error> skipped);

  pqxx::work& in_;
  business_id business_;
  time_point at_;
  bool knows_leads_; ///< from before: of its own rows an import never takes two for one lead
  lead_folder folder_;
  std::vector<row_error> skipped_;                          ///< of the batch
  sql_array renumbered_;                                    ///< leads
  std::unordered_map<std::int64_t, std::int64_t> taken_by_; ///< lead -> the row that changed it
};

importer::row_list importer::fold(const std::vector<lead_row>& rows) {
  row_list kept;
  kept.reserve(rows.size());
  for (const auto& row : rows)
    if (auto why = folder_.refuse(row))
      skipped_.push_back(std::move(*why));
    else
      kept.push_back(&row);
  return kept;
}

std::vector<importer::target> importer::match(const row_list& rows) {
  std::vector<target> targets(rows.size());
  if (!knows_leads_ || rows.empty()) return targets;
  sql_array phones, external_ids;
  for (const auto* row : rows) {
    phones.add(row->phone);
    if (row->external_id && !row->external_id->empty())
      external_ids.add(clean_text(*row->external_id, max_name));
    else
      external_ids.add_null();
  }
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

std::vector<std::int64_t> importer::insert(const row_list& fresh) {
  std::vector<std::int64_t> ids;
  if (fresh.empty()) return ids;
  ids.reserve(fresh.size());
  for (const auto& row : in_.exec_params(new_ids_sql, static_cast<std::int64_t>(fresh.size())))
    ids.push_back(number_of(row[0]));
  // Half of what an INSERT costs: COPY writes many rows of a page at a time.
  pqxx::stream_to out{in_, "leads", lead_columns};
  const auto at = to_sql(at_);
  const auto text = [](const std::optional<std::string>& from, std::size_t max_bytes) {
    return from ? clean_text(*from, max_bytes) : std::string();
  };
  auto id = ids.begin();
  for (const auto* row : fresh)
    out << std::make_tuple(business_.value, *id++, row->phone.value,
                           text(row->first_name, max_name), text(row->last_name, max_name),
                           text(row->external_id, max_name), text(row->time_zone, max_name),
                           text(row->notes, max_notes), at);
  out.complete();
  return ids;
}

void importer::tell(std::vector<row_error> skipped) {
  summary.skipped += static_cast<std::int64_t>(skipped.size());
  std::stable_sort(skipped.begin(), skipped.end(),
                   [](const row_error& a, const row_error& b) { return a.row < b.row; });
  const auto room = import_summary::most_errors - summary.errors.size();
  if (skipped.size() > room) skipped.resize(room);
  std::move(skipped.begin(), skipped.end(), std::back_inserter(summary.errors));
}

void importer::take(const std::vector<lead_row>& rows) {
  const auto kept = fold(rows);
  const auto targets = match(kept);
  std::vector<std::pair<const lead_row*, std::int64_t>> known;
  row_list fresh;
  std::vector<std::int64_t> in_order; // 0: the next fresh one
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const auto& row = *kept[i];
    const auto& found = targets[i];
    if (found.lead == 0) {
      fresh.push_back(&row);
      in_order.push_back(0);
      continue;
    }
    const auto [earlier, is_first] = taken_by_.emplace(found.lead, row.row);
    if (!is_first) {
      skipped_.push_back(
          {row.row, "phone", "the same lead as row " + std::to_string(earlier->second)});
      continue;
    }
    known.emplace_back(&row, found.lead);
    in_order.push_back(found.lead);
    if (found.phone != row.phone.value) renumbered_.add(found.lead);
  }
  update(known);
  const auto made = insert(fresh);
  summary.updated += static_cast<std::int64_t>(known.size());
  summary.imported += static_cast<std::int64_t>(made.size());
  auto next = made.begin();
  for (const auto lead : in_order) {
    if (summary.lead_ids.size() == import_summary::most_ids) break;
    summary.lead_ids.emplace_back(lead != 0 ? lead : *next++);
  }
  tell(std::exchange(skipped_, {}));
}

result<import_summary> do_import(pqxx::work& in, business_id id, lead_source& rows, time_point at) {
  rows.rewind();
  if (in.exec_params("SELECT FROM businesses WHERE id = $1", id.value).empty())
    return no_such("business");
  // One import of a business at a time: both would insert what neither found.
  in.exec_params("SELECT pg_advisory_xact_lock($1)", id.value);
  importer work{in, id, at};
  while (true) {
    auto batch = rows.next();
    if (!batch) return batch.error();
    if (batch->empty()) break;
    work.take(*batch);
  }
  work.finish();
  return std::move(work.summary);
}

} // namespace

result<import_summary> pg_records::import_leads(business_id id, lead_source& rows, time_point at) {
  return in_audited<import_summary>(
      [&](pqxx::work& in) -> result<import_summary> { return do_import(in, id, rows, at); },
      [&](const import_summary& made) {
        return audit_line{id, "leads.import", 0,
                          "{\"imported\":" + std::to_string(made.imported) +
                              ",\"updated\":" + std::to_string(made.updated) + "}"};
      });
}

result<import_summary> pg_records::preview_import(business_id id, lead_source& rows,
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
