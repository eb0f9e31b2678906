#include "db/fields.hpp"
#include "db/pg_records.hpp"

namespace ringmaster::db {

namespace {

std::string hex_bytea(const std::string& bytes) {
  static const char digits[] = "0123456789abcdef";
  std::string text = "\\x";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

key_role role_of(const pqxx::field& x) {
  const auto text = text_of(x);
  return text == "admin" ? key_role::admin : text == "operate" ? key_role::operate : key_role::read;
}

// Kept that long, so that a client may repeat a request after an outage.
constexpr auto keep_answers = "7 days";

} // namespace

result<key_info> pg_records::find_key(const std::string& sha256) {
  return in_one<key_info>([&](pqxx::work& in) -> result<key_info> {
    // Whether a key has expired is a matter of real time, also where calls run on simulated time.
    const auto rows = in.exec_params(
        "SELECT id, business_id, role, expires_at, coalesce(expires_at <= now(), false)"
        " FROM api_keys WHERE key_sha256 = $1::bytea AND revoked_at IS NULL",
        hex_bytea(sha256));
    if (rows.empty())
      return failure{failure_kind::not_found, "key_not_found", "there is no such key", ""};
    const auto row = rows[0];
    if (truth_of(row[4]))
      return failure{failure_kind::unauthorized, "key_expired",
                     "this key has expired: ask for a new one", ""};
    key_info key;
    key.id = number_of(row[0]);
    key.business = id_of<business_id>(row[1]);
    key.role = role_of(row[2]);
    key.expires_at = maybe_time(row[3]);
    return key;
  });
}

result<idempotency_state> pg_records::reserve_idempotency(business_id scope, const std::string& key,
                                                          const std::string& fingerprint,
                                                          time_point at) {
  return in_one<idempotency_state>([&](pqxx::work& in) -> result<idempotency_state> {
    in.exec_params("DELETE FROM idempotency_keys WHERE (business_id, key) IN"
                   " (SELECT business_id, key FROM idempotency_keys"
                   "  WHERE created_at < $1::timestamptz - $2::interval"
                   "  ORDER BY created_at LIMIT 20 FOR UPDATE SKIP LOCKED)",
                   to_sql(at), keep_answers);
    const auto name = clean_text(key, 255);
    const auto body = clean_text(fingerprint, 255);
    const auto fresh =
        in.exec_params("INSERT INTO idempotency_keys (business_id, key, fingerprint, created_at)"
                       " VALUES ($1, $2, $3, $4::timestamptz) ON CONFLICT DO NOTHING RETURNING key",
                       scope.value, name, body, to_sql(at));
    idempotency_state state;
    if (!fresh.empty()) return state;
    const auto rows = in.exec_params("SELECT fingerprint, answer_status, answer_body"
                                     " FROM idempotency_keys WHERE business_id = $1 AND key = $2",
                                     scope.value, name);
    if (rows.empty()) // given free by another request at this very moment
      state.what = idempotency_state::kind::unfinished;
    else if (text_of(rows[0][0]) != body)
      state.what = idempotency_state::kind::other_body;
    else if (rows[0][1].is_null())
      state.what = idempotency_state::kind::unfinished;
    else {
      state.what = idempotency_state::kind::answered;
      state.answer = {small_number_of(rows[0][1]), text_of(rows[0][2])};
    }
    return state;
  });
}

result<done> pg_records::keep_answer(business_id scope, const std::string& key,
                                     const first_answer& answer) {
  return in_one<done>([&](pqxx::work& in) -> result<done> {
    in.exec_params("UPDATE idempotency_keys SET answer_status = $3, answer_body = $4"
                   " WHERE business_id = $1 AND key = $2 AND answer_status IS NULL",
                   scope.value, clean_text(key, 255), answer.status,
                   clean_text(answer.body, answer.body.size()));
    return done{};
  });
}

result<done> pg_records::drop_idempotency(business_id scope, const std::string& key) {
  return in_one<done>([&](pqxx::work& in) -> result<done> {
    in.exec_params("DELETE FROM idempotency_keys"
                   " WHERE business_id = $1 AND key = $2 AND answer_status IS NULL",
                   scope.value, clean_text(key, 255));
    return done{};
  });
}

} // namespace ringmaster::db
