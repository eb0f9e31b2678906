#include "db/ownership.hpp"

#include "db/fields.hpp"
#include "db/home.hpp"
#include "db/succession.hpp"

namespace ringmaster::db {

namespace {

// Any constant will do, as long as all programs share it ("ringown").
constexpr std::int64_t ownership_lock = 0x72696e676f776e;

// Whose transactions are no proof any more, and where we are now.
const char* const forget_marks_sql = "DELETE FROM commit_marks WHERE process <> $1::uuid";
const char* const server_sql = R"(
WITH moved AS (UPDATE database_home SET server = $1 WHERE server <> $1)
INSERT INTO audit_log (at, who, what, detail)
SELECT $2::timestamptz, coalesce(nullif($3, ''), 'ringmaster'), 'database.server',
       jsonb_build_object('was', server, 'is', $1::text)
FROM database_home WHERE server NOT IN ('', $1))";

session_settings lock_session(std::shared_ptr<server_identity> server) {
  session_settings settings;
  settings.statement_timeout = std::chrono::seconds{10};
  settings.answer_timeout = std::chrono::seconds{12};
  settings.server = std::move(server);
  settings.application_name = "ringmaster ownership";
  return settings;
}

} // namespace

ownership::ownership(std::string url, std::string owner, std::shared_ptr<server_identity> server)
    : owner_(std::move(owner)), server_(std::move(server)), link_(url, lock_session(server_), {}),
      question_(std::move(url), lock_session(nullptr), {}) {}

result<bool> ownership::try_take(time_point at) {
  words_.clear();
  if (taken_ && still_mine()) return true;
  if (server_->closed()) {
    const auto why = follow(question_, *server_, was_owner_);
    question_.close();
    if (!why.empty())
      return failure{failure_kind::unavailable, "database_changed", server_->problem(), ""};
  }
  bool got = false, copied = false;
  const auto before = server_->marks.all();
  std::array<std::int64_t, shard_count> epochs{};
  auto failed = in_transaction(link_, [&](pqxx::work& in) {
    // Of the session, not of the transaction: it is held until the connection ends.
    got = truth_of(
        in.exec("SELECT pg_try_advisory_lock(" + std::to_string(ownership_lock) + ")")[0][0]);
    if (!got) return false;
    copied = only_at_home_ && !stands_at_home(in);
    if (copied) return false;
    // In order, as the stores lock them.
    in.exec("SELECT shard FROM shards ORDER BY shard FOR UPDATE");
    for (const auto& row : in.exec_params("UPDATE shards SET epoch = epoch + 1, owner = $1,"
                                          " taken_at = $2::timestamptz RETURNING shard, epoch",
                                          clean_text(owner_, 200), to_sql(at)))
      if (const auto shard = number_of(row[0]); shard >= 0 && shard < shard_count)
        epochs[static_cast<std::size_t>(shard)] = number_of(row[1]);
    in.exec_params(server_sql, server_->known(), to_sql(at), server_->word_of());
    in.exec_params(forget_marks_sql, server_->marks.process());
    link_.mark(in);
    return true;
  });
  if (failed) {
    link_.close(); // the lock, if it was got, goes with it
    words_ = failed->message;
    return to_failure(*failed);
  }
  if (copied) {
    link_.close(); // and the lock with it
    return database_copied();
  }
  was_owner_ = got;
  if (!got) return false;
  server_->marks.forget(before); // another owner may have removed them; this was committed later
  for (std::size_t i = 0; i < epochs.size(); ++i)
    epochs_->epoch[i].store(epochs[i]);
  taken_ = true;
  return true;
}

bool ownership::still_mine() {
  if (!taken_) return false;
  if (link_.is_open()) {
    const auto failed = in_transaction(link_, [](pqxx::work& in) { in.exec("SELECT 1"); });
    if (!failed) return true;
    // Slow isn't lost: the session, and with it the lock, lives.
    if (link_.is_open()) return true;
  }
  lose();
  return false;
}

void ownership::give_back() {
  const bool held = taken_;
  lose();
  // By word, so that it is free when this returns. Where that fails, the end of the session does
  // it.
  if (held && link_.is_open())
    in_transaction(link_, [](pqxx::work& in) {
      in.exec("SELECT pg_advisory_unlock(" + std::to_string(ownership_lock) + ")");
    });
  link_.close();
}

void ownership::lose() {
  for (auto& each : epochs_->epoch)
    each.store(0);
  taken_ = false;
}

} // namespace ringmaster::db
