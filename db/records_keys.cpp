#include "db/fields.hpp"
#include "db/pg_records.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace ringmaster::db {

namespace {

// Of one owner, not revoked. Enough for every program and person that there is, and for a page.
constexpr std::int64_t most_keys = 100;
// Names the advisory lock under which an owner's keys are made one after another.
constexpr std::int32_t keys_lock = 0x6b657973;

const std::string key_columns =
    "id, name, role, created_at, expires_at, revoked_at, last_used_at, replaced_by";
// keys_by_owner
const std::string of_owner = " WHERE coalesce(business_id, 0) = $1";

key_role role_of(const pqxx::field& x) {
  return key_role_from(x.c_str()).value_or(key_role::read);
}

key_record key_record_of(const pqxx::row& row) {
  key_record x;
  x.id = number_of(row[0]);
  x.name = text_of(row[1]);
  x.role = role_of(row[2]);
  x.created_at = time_of(row[3]);
  x.expires_at = maybe_time(row[4]);
  x.revoked_at = maybe_time(row[5]);
  x.last_used_at = maybe_time(row[6]);
  x.replaced_by = number_of(row[7]);
  return x;
}

std::optional<std::string> sql_time(const std::optional<time_point>& at) {
  return at ? std::optional{to_sql(*at)} : std::nullopt;
}

const char* or_none(const std::optional<std::string>& text) {
  return text ? text->c_str() : nullptr;
}

/// The key, locked, if it can still be used for something.
result<key_record> usable(pqxx::work& in, business_id owner, std::int64_t id) {
  const auto rows = in.exec_params("SELECT " + key_columns + " FROM api_keys" + of_owner +
                                       " AND id = $2 FOR UPDATE",
                                   owner.value, id);
  if (rows.empty()) return no_such("key");
  auto found = key_record_of(rows[0]);
  if (found.revoked_at)
    return failure{failure_kind::conflict, "key_revoked",
                   "this key is revoked, which is for good: make a new one", ""};
  return found;
}

std::optional<failure> refuse_more(pqxx::work& in, business_id owner) {
  in.exec_params("SELECT pg_advisory_xact_lock($1::int, ($2::bigint % 2147483647)::int)", keys_lock,
                 owner.value);
  const auto rows = in.exec_params(
      "SELECT count(*) FROM api_keys" + of_owner + " AND revoked_at IS NULL", owner.value);
  if (number_of(rows[0][0]) < most_keys) return std::nullopt;
  return failure{failure_kind::conflict, "too_many_keys",
                 "there are " + std::to_string(most_keys) +
                     " keys that are not revoked: revoke those that nobody needs",
                 ""};
}

key_record insert(pqxx::work& in, business_id owner, const new_key& wanted, time_point at) {
  const auto until = sql_time(wanted.expires_at);
  const auto rows = in.exec_params(
      "INSERT INTO api_keys (business_id, name, role, key_sha256, created_at, expires_at)"
      " VALUES (nullif($1::bigint, 0), $2, $3, $4, $5::timestamptz, $6::timestamptz) RETURNING " +
          key_columns,
      owner.value, clean_text(wanted.name, 200), std::string(to_string(wanted.role)),
      pqxx::binarystring{wanted.sha256}, to_sql(at), or_none(until));
  return key_record_of(rows[0]);
}

nlohmann::json told_of(const key_record& key) {
  const auto until = sql_time(key.expires_at);
  return {{"name", key.name},
          {"role", std::string(to_string(key.role))},
          {"expires_at", until ? nlohmann::json(*until) : nlohmann::json()}};
}

} // namespace

result<key_info> pg_records::find_key(const std::string& sha256) {
  return in_one<key_info>([&](pqxx::work& in) -> result<key_info> {
    // api_keys_key_sha256_key. What is compared is the hash of what came: its timing tells nothing
    // of a key.
    const auto rows = in.exec_params("SELECT id, business_id, role, expires_at, last_used_at"
                                     " FROM api_keys WHERE key_sha256 = $1 AND revoked_at IS NULL",
                                     pqxx::binarystring{sha256});
    if (rows.empty()) return no_such("key");
    const auto row = rows[0];
    key_info key;
    key.id = number_of(row[0]);
    key.business = id_of<business_id>(row[1]);
    key.role = role_of(row[2]);
    key.expires_at = maybe_time(row[3]);
    key.last_used_at = maybe_time(row[4]);
    return key;
  });
}

result<std::vector<std::int64_t>> pg_records::dead_keys(const std::vector<std::int64_t>& ids,
                                                        time_point at) {
  sql_array wanted;
  for (const auto id : ids)
    wanted.add(id);
  return in_one<std::vector<std::int64_t>>(
      [&](pqxx::work& in) -> result<std::vector<std::int64_t>> {
        // api_keys_pkey
        const auto rows =
            in.exec_params("SELECT id FROM api_keys WHERE id = ANY ($1::bigint[])"
                           " AND (revoked_at IS NOT NULL OR expires_at <= $2::timestamptz)",
                           wanted.str(), to_sql(at));
        std::vector<std::int64_t> dead;
        for (const auto& row : rows)
          dead.push_back(number_of(row[0]));
        return dead;
      });
}

result<done> pg_records::note_key_use(std::int64_t key, time_point at) {
  return in_one<done>([&](pqxx::work& in) -> result<done> {
    in.exec_params("UPDATE api_keys SET last_used_at = $2::timestamptz WHERE id = $1"
                   " AND (last_used_at IS NULL OR last_used_at < $2::timestamptz)",
                   key, to_sql(at));
    return done{};
  });
}

result<page<key_record>> pg_records::keys(business_id owner, std::int32_t limit,
                                          const std::string& cursor) {
  const auto start = read_cursor('k', cursor, {0});
  if (!start) return start.error();
  limit = std::clamp(limit, 1, largest_page);
  return in_one<page<key_record>>([&](pqxx::work& in) -> result<page<key_record>> {
    const auto rows = in.exec_params("SELECT " + key_columns + " FROM api_keys" + of_owner +
                                         " AND id > $2 ORDER BY id LIMIT $3",
                                     owner.value, start->front(), limit + 1);
    return cut_page(rows, limit, key_record_of,
                    [](const key_record& last) { return make_cursor('k', {last.id}); });
  });
}

result<key_record> pg_records::key(business_id owner, std::int64_t id) {
  return in_one<key_record>([&](pqxx::work& in) -> result<key_record> {
    const auto rows = in.exec_params(
        "SELECT " + key_columns + " FROM api_keys" + of_owner + " AND id = $2", owner.value, id);
    if (rows.empty()) return no_such("key");
    return key_record_of(rows[0]);
  });
}

result<key_record> pg_records::create_key(business_id owner, const new_key& wanted, time_point at) {
  const auto work = [&](pqxx::work& in) -> result<key_record> {
    if (auto why = refuse_more(in, owner)) return *why;
    return insert(in, owner, wanted, at);
  };
  return in_audited<key_record>(work, [&](const key_record& made) {
    return audit_line{owner, "key.create", made.id, told_of(made).dump()};
  });
}

result<key_record> pg_records::change_key(business_id owner, std::int64_t id,
                                          const key_change& change) {
  const auto work = [&](pqxx::work& in) -> result<key_record> {
    const auto found = usable(in, owner, id);
    if (!found) return found.error();
    const auto until = sql_time(change.expires_at.value_or(found->expires_at));
    const auto rows = in.exec_params(
        "UPDATE api_keys SET name = $3, expires_at = $4::timestamptz" + of_owner +
            " AND id = $2 RETURNING " + key_columns,
        owner.value, id, clean_text(change.name.value_or(found->name), 200), or_none(until));
    return key_record_of(rows[0]);
  };
  return in_audited<key_record>(work, [&](const key_record& changed) {
    return audit_line{owner, "key.change", id, told_of(changed).dump()};
  });
}

result<rotated_key> pg_records::rotate_key(business_id owner, std::int64_t id,
                                           const key_rotation& wanted, time_point at) {
  const auto work = [&](pqxx::work& in) -> result<rotated_key> {
    if (auto why = refuse_more(in, owner)) return *why;
    const auto old = usable(in, owner, id);
    if (!old) return old.error();
    if (old->replaced_by != 0)
      return failure{failure_kind::conflict, "key_replaced",
                     "this key was replaced already: rotate key " +
                         std::to_string(old->replaced_by) + " instead",
                     ""};
    new_key fresh{old->name, old->role, wanted.expires_at, wanted.sha256};
    if (!fresh.expires_at && old->expires_at)
      fresh.expires_at = at + (*old->expires_at - old->created_at);
    rotated_key pair;
    pair.made = insert(in, owner, fresh, at);
    // least() passes over an end that is NULL.
    const auto rows = in.exec_params(
        "UPDATE api_keys SET replaced_by = $3, expires_at = least(expires_at, $4::timestamptz)" +
            of_owner + " AND id = $2 RETURNING " + key_columns,
        owner.value, id, pair.made.id, to_sql(wanted.old_until));
    pair.old = key_record_of(rows[0]);
    return pair;
  };
  return in_audited<rotated_key>(work, [&](const rotated_key& pair) {
    auto told = told_of(pair.made);
    told["replaced_by"] = pair.made.id;
    told["old_expires_at"] = to_sql(*pair.old.expires_at);
    return audit_line{owner, "key.rotate", id, told.dump()};
  });
}

result<done> pg_records::revoke_key(business_id owner, std::int64_t id, time_point at) {
  const auto work = [&](pqxx::work& in) -> result<done> {
    if (const auto found = usable(in, owner, id); !found) return found.error();
    in.exec_params("UPDATE api_keys SET revoked_at = $3::timestamptz" + of_owner + " AND id = $2",
                   owner.value, id, to_sql(at));
    return done{};
  };
  return in_audited<done>(work, [&](const done&) { return audit_line{owner, "key.revoke", id}; });
}

} // namespace ringmaster::db
