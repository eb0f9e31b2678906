#include "db/records_pg.hpp"

#include "actors/services.hpp"
#include "db/bulk_statements.hpp"
#include "db/fields.hpp"
#include "db/pg_records.hpp"
#include "db/store_batch.hpp"

#include <algorithm>
#include <charconv>

namespace ringmaster::db {

namespace {

session_settings records_session(std::shared_ptr<server_identity> server) {
  session_settings settings;
  settings.server = std::move(server);
  settings.any_server = true;
  settings.application_name = "ringmaster api";
  // A caller waits, and with it one of few threads.
  settings.statement_timeout = std::chrono::seconds{10};
  settings.answer_timeout = std::chrono::seconds{12};
  return settings;
}

std::vector<statement> records_statements() {
  auto all = bulk_statements();
  for (auto& each : watching_statements())
    all.push_back(std::move(each));
  return all;
}

} // namespace

pg_records::pg_records(std::string url, std::shared_ptr<const shard_epochs> epochs,
                       std::shared_ptr<server_identity> server)
    : epochs_(std::move(epochs)), server_(std::move(server)),
      link_(std::move(url), records_session(server_), records_statements()) {}

// The row stays as it is until the transaction ends: a takeover waits for it (shards_pkey).
std::optional<failure> pg_records::not_ours(pqxx::work& in, business_id id) {
  if (!epochs_) return std::nullopt;
  const auto shard = shard_of(id);
  const auto ours = epochs_->epoch[static_cast<std::size_t>(shard)].load();
  const auto row = in.exec_params("SELECT epoch FROM shards WHERE shard = $1 FOR SHARE", shard);
  if (ours != 0 && number_of(row[0][0]) == ours) return std::nullopt;
  return failure{failure_kind::unavailable, "not_owner",
                 "another server has taken over this business; nothing was done, ask again in a "
                 "moment",
                 ""};
}

std::optional<failure> pg_records::wait_for_claims(business_id id) {
  // Claims hold their shard's row FOR SHARE until they are committed. Nothing is written here:
  // rolled back at once, so the wait costs dialling next to nothing.
  const auto failed = in_transaction(link_, [&](pqxx::work& in) -> bool {
    in.exec_params("SELECT FROM shards WHERE shard = $1 FOR UPDATE", shard_of(id));
    return false;
  });
  if (!failed) return std::nullopt;
  return to_failure({sql_trouble::lost_in_commit, {}, {}});
}

std::string make_cursor(char list, std::initializer_list<std::int64_t> position) {
  std::string text(1, list);
  for (const auto number : position)
    text += (text.size() > 1 ? "." : "") + std::to_string(number);
  return text;
}

result<std::vector<std::int64_t>> read_cursor(char list, const std::string& cursor,
                                              std::vector<std::int64_t> start) {
  if (cursor.empty()) return start;
  const failure bad{failure_kind::invalid, "bad_cursor",
                    "this cursor is not one of this list: start without one", "cursor"};
  if (cursor.front() != list) return bad;
  const char* at = cursor.data() + 1;
  const char* const end = cursor.data() + cursor.size();
  for (std::size_t i = 0; i < start.size(); ++i) {
    if (i > 0 && (at == end || *at++ != '.')) return bad;
    const auto read = std::from_chars(at, end, start[i]);
    if (read.ec != std::errc{}) return bad;
    at = read.ptr;
  }
  if (at != end) return bad;
  return start;
}

failure no_such(const std::string& what) {
  return {failure_kind::not_found, what + "_not_found", "there is no such " + what, ""};
}

result<done> pg_records::ping() {
  return in_one<done>([](pqxx::work& in) -> result<done> {
    if (in.exec("SELECT pg_is_in_recovery()")[0][0].as<bool>())
      return failure{failure_kind::unavailable, "database_read_only",
                     "the database is a standby and can't be written", ""};
    return done{};
  });
}

records_factory make_records_factory(std::string url, std::shared_ptr<const shard_epochs> epochs,
                                     std::shared_ptr<server_identity> server) {
  return [url = std::move(url), epochs = std::move(epochs),
          server = std::move(server)]() -> std::unique_ptr<records> {
    return std::make_unique<pg_records>(url, epochs, server);
  };
}

} // namespace ringmaster::db
