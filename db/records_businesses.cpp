#include "db/fields.hpp"
#include "db/lead_conditions.hpp"
#include "db/pg_records.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace ringmaster::db {

namespace {

const std::string business_columns =
    "id, name, phone_e164, max_outbound_calls, time_zone, region, default_script, ring_timeout_s,"
    " redial_in_doubt, suspended, created_at";

business_record business_record_of(const pqxx::row& row) {
  business_record x;
  x.id = id_of<business_id>(row[0]);
  x.name = text_of(row[1]);
  x.phone = named<phone_number>(row[2]);
  x.max_outbound_calls = small_number_of(row[3]);
  x.time_zone = text_of(row[4]);
  x.region = text_of(row[5]);
  x.default_script = text_of(row[6]);
  x.ring_timeout_s = small_number_of(row[7]);
  x.redial_in_doubt = truth_of(row[8]);
  x.suspended = truth_of(row[9]);
  x.created_at = time_of(row[10]);
  return x;
}

failure phone_taken() {
  return {failure_kind::conflict, "phone_taken",
          "another business has this number already: each caller ID belongs to one business",
          "phone_e164"};
}

// The limit as rows: missing ones are added; those above it go unless a call holds them (such a
// slot closes when its call has ended: close_slots).
void fit_slots(pqxx::work& in, business_id id, std::int32_t limit) {
  in.exec_params("INSERT INTO call_slots (business_id, slot) SELECT $1, generate_series(1, $2::int)"
                 " ON CONFLICT DO NOTHING",
                 id.value, limit);
  in.exec_params("DELETE FROM call_slots s WHERE s.business_id = $1 AND s.slot > $2 AND NOT EXISTS"
                 " (SELECT FROM outbound_call_jobs j"
                 "  WHERE j.business_id = s.business_id AND j.slot = s.slot)",
                 id.value, limit);
}

} // namespace

result<business_record> pg_records::create_business(const business_record& wanted,
                                                    const std::string& key_sha256, time_point at) {
  const auto work = [&](pqxx::work& in) -> result<business_record> {
    const auto& x = wanted;
    const char* script = x.default_script.empty() ? nullptr : x.default_script.c_str();
    const auto rows = in.exec_params(
        "INSERT INTO businesses (name, phone_e164, max_outbound_calls, time_zone, region,"
        " default_script, ring_timeout_s, redial_in_doubt, suspended, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9, $10::timestamptz)"
        " ON CONFLICT (phone_e164) DO NOTHING RETURNING " +
            business_columns,
        clean_text(x.name, 200), x.phone.value, x.max_outbound_calls, clean_text(x.time_zone, 100),
        clean_text(x.region, 10), script, x.ring_timeout_s, x.redial_in_doubt, x.suspended,
        to_sql(at));
    if (rows.empty()) return phone_taken();
    auto made = business_record_of(rows[0]);
    fit_slots(in, made.id, made.max_outbound_calls);
    in.exec_params("INSERT INTO api_keys (business_id, name, role, key_sha256, created_at)"
                   " VALUES ($1, 'first', 'admin', $2, $3::timestamptz)",
                   made.id.value, pqxx::binarystring{key_sha256}, to_sql(at));
    return made;
  };
  return in_audited<business_record>(work, [](const business_record& made) {
    return audit_line{made.id, "business.create"};
  });
}

result<business_record> pg_records::business(business_id id) {
  return in_one<business_record>([&](pqxx::work& in) -> result<business_record> {
    const auto rows =
        in.exec_params("SELECT " + business_columns + " FROM businesses WHERE id = $1", id.value);
    if (rows.empty()) return no_such("business");
    return business_record_of(rows[0]);
  });
}

namespace {

/// What was changed, for the audit: values where they matter to calls, of the rest that it was.
std::string told_of(const business_change& x) {
  auto told = nlohmann::json::object();
  if (x.max_outbound_calls) told["max_outbound_calls"] = *x.max_outbound_calls;
  if (x.suspended) told["suspended"] = *x.suspended;
  if (x.redial_in_doubt) told["redial_in_doubt"] = *x.redial_in_doubt;
  if (x.ring_timeout_s) told["ring_timeout_s"] = *x.ring_timeout_s;
  if (x.phone) told["phone_e164"] = x.phone->value;
  if (x.name) told["name"] = true;
  if (x.time_zone) told["time_zone"] = true;
  if (x.region) told["region"] = true;
  if (x.default_script) told["default_script"] = true;
  return told.dump();
}

result<business_record> apply(pqxx::work& in, business_id id, const business_change& change) {
  auto rows = in.exec_params(
      "SELECT " + business_columns + " FROM businesses WHERE id = $1 FOR NO KEY UPDATE", id.value);
  if (rows.empty()) return no_such("business");
  auto x = business_record_of(rows[0]);
  if (change.phone && *change.phone != x.phone &&
      !in.exec_params("SELECT FROM businesses WHERE phone_e164 = $1", change.phone->value).empty())
    return phone_taken();
  x.name = clean_text(change.name.value_or(x.name), 200);
  x.phone = change.phone.value_or(x.phone);
  x.max_outbound_calls = change.max_outbound_calls.value_or(x.max_outbound_calls);
  x.time_zone = clean_text(change.time_zone.value_or(x.time_zone), 100);
  x.region = clean_text(change.region.value_or(x.region), 10);
  x.default_script = change.default_script.value_or(x.default_script);
  x.ring_timeout_s = change.ring_timeout_s.value_or(x.ring_timeout_s);
  x.redial_in_doubt = change.redial_in_doubt.value_or(x.redial_in_doubt);
  x.suspended = change.suspended.value_or(x.suspended);
  const char* script = x.default_script.empty() ? nullptr : x.default_script.c_str();
  rows = in.exec_params(
      "UPDATE businesses SET name = $2, phone_e164 = $3, max_outbound_calls = $4, time_zone = $5,"
      " region = $6, default_script = $7::jsonb, ring_timeout_s = $8, redial_in_doubt = $9,"
      " suspended = $10, former_phones = CASE WHEN phone_e164 = $3 THEN former_phones"
      " ELSE array_append(array_remove(former_phones, phone_e164), phone_e164) END WHERE id = $1 "
      "RETURNING " +
          business_columns,
      id.value, x.name, x.phone.value, x.max_outbound_calls, x.time_zone, x.region, script,
      x.ring_timeout_s, x.redial_in_doubt, x.suspended);
  if (change.max_outbound_calls) fit_slots(in, id, x.max_outbound_calls);
  return business_record_of(rows[0]);
}

} // namespace

result<business_record> pg_records::change_business(business_id id, const business_change& change) {
  const auto work = [&](pqxx::work& in) -> result<business_record> {
    return apply(in, id, change);
  };
  auto changed =
      in_audited<business_record>(ours<business_record>(id, work), [&](const business_record&) {
        return audit_line{id, "business.change", 0, told_of(change)};
      });
  if (changed && change.suspended.value_or(false))
    if (auto failed = wait_for_claims(id)) return *failed;
  return changed;
}

result<page<business_record>> pg_records::businesses(const std::string& search, std::int32_t limit,
                                                     const std::string& cursor) {
  const auto start = read_cursor('b', cursor, {0});
  if (!start) return start.error();
  limit = std::clamp(limit, 1, largest_page);
  return in_one<page<business_record>>([&](pqxx::work& in) -> result<page<business_record>> {
    const lead_patterns patterns{{search, ""}};
    const auto rows =
        in.exec_params("SELECT " + business_columns +
                           " FROM businesses WHERE id > $1"
                           " AND ($2::text IS NULL OR name ILIKE $2 OR ($3::text IS NOT NULL AND "
                           "phone_e164 LIKE $3))"
                           " ORDER BY id LIMIT $4",
                       start->front(), or_null(patterns.text), or_null(patterns.number), limit + 1);
    return cut_page(rows, limit, business_record_of, behind_id('b'));
  });
}

} // namespace ringmaster::db
