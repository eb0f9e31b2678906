#include "db/fields.hpp"
#include "db/pg_records.hpp"

namespace ringmaster::db {

namespace {

// Kept that long, so that a client may repeat a request after an outage.
constexpr auto keep_answers = "7 days";

} // namespace

result<idempotency_state> pg_records::reserve_idempotency(business_id scope, const std::string& key,
                                                          const std::string& fingerprint,
                                                          time_point at) {
  return in_change<idempotency_state>([&](pqxx::work& in) -> result<idempotency_state> {
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
  return in_change<done>([&](pqxx::work& in) -> result<done> {
    in.exec_params("UPDATE idempotency_keys SET answer_status = $3, answer_body = $4"
                   " WHERE business_id = $1 AND key = $2 AND answer_status IS NULL",
                   scope.value, clean_text(key, 255), answer.status,
                   clean_text(answer.body, answer.body.size()));
    return done{};
  });
}

result<done> pg_records::drop_idempotency(business_id scope, const std::string& key) {
  return in_change<done>([&](pqxx::work& in) -> result<done> {
    in.exec_params("DELETE FROM idempotency_keys"
                   " WHERE business_id = $1 AND key = $2 AND answer_status IS NULL",
                   scope.value, clean_text(key, 255));
    return done{};
  });
}

} // namespace ringmaster::db
