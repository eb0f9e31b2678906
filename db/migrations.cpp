#include "db/migrations.hpp"

#include "db/connection.hpp"

#include <map>

namespace ringmaster::db {

namespace {

// Any constant will do, as long as all programs share it ("ringmig").
constexpr std::int64_t migration_lock = 0x72696e676d6967;

failure wrong(std::string code, std::string message) {
  return {failure_kind::conflict, std::move(code), std::move(message), ""};
}

connection connect_for_migration(const std::string& url) {
  session_settings settings;
  settings.application_name = "ringmaster migrate";
  // Waits for another program's migration, and for a long step of our own.
  settings.statement_timeout = std::chrono::minutes{30};
  settings.lock_timeout = std::chrono::minutes{30};
  return {url, settings, {}};
}

std::string hash_of(pqxx::transaction_base& in, const std::string& sql) {
  return in.exec("SELECT encode(sha256(convert_to(" + in.quote(sql) + ", 'UTF8')), 'hex')")[0][0]
      .as<std::string>();
}

// Compares what the database says it has with what we have; answers how many steps are applied.
result<std::size_t> applied_steps(pqxx::transaction_base& in) {
  const bool exists =
      in.exec("SELECT to_regclass('schema_migrations') IS NOT NULL")[0][0].as<bool>();
  if (!exists) return std::size_t{0};
  const auto rows = in.exec("SELECT name, sha256 FROM schema_migrations ORDER BY name");
  const auto& ours = migrations();
  for (std::size_t i = 0; i < static_cast<std::size_t>(rows.size()); ++i) {
    const auto row = rows[static_cast<pqxx::result::size_type>(i)];
    const auto name = row[0].as<std::string>();
    if (i >= ours.size() || ours[i].name != name)
      return wrong("schema_newer", "the database has the migration " + name +
                                       ", which this program doesn't know: start the program that "
                                       "made it, or a newer one");
    if (row[1].as<std::string>() != hash_of(in, ours[i].sql))
      return wrong("schema_differs", "the migration " + name +
                                         " was applied to this database with another text: use "
                                         "the program that made it, or a fresh database");
  }
  return static_cast<std::size_t>(rows.size());
}

std::optional<failure> refuse_fsync_off(pqxx::transaction_base& in,
                                        const migrate_options& options) {
  if (options.allow_fsync_off || in.exec("SHOW fsync")[0][0].as<std::string>() == "on")
    return std::nullopt;
  return wrong("fsync_off", "this PostgreSQL runs with fsync=off and would lose calls that are "
                            "already made: set fsync=on and restart it");
}

// Applies the first missing step, if any, and says whether there was one.
result<bool> apply_next(connection& to, const migrate_options& options) {
  std::optional<failure> refused;
  bool applied = false;
  auto failed = in_transaction(to, [&](pqxx::work& in) {
    in.exec("SELECT pg_advisory_xact_lock(" + std::to_string(migration_lock) + ")");
    if ((refused = refuse_fsync_off(in, options))) return;
    auto count = applied_steps(in);
    if (!count) {
      refused = count.error();
      return;
    }
    if (*count == migrations().size()) return;
    const auto& step = migrations()[*count];
    if (*count == 0)
      in.exec("CREATE TABLE IF NOT EXISTS schema_migrations (name text PRIMARY KEY,"
              " sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())");
    in.exec(step.sql);
    in.exec("INSERT INTO schema_migrations (name, sha256) VALUES (" + in.quote(step.name) + ", '" +
            hash_of(in, step.sql) + "')");
    applied = true;
  });
  if (refused) return *refused;
  if (failed) {
    auto why = to_failure(*failed);
    why.message = "migrating failed: " + failed->message;
    return why;
  }
  return applied;
}

} // namespace

result<int> migrate(const std::string& url, const migrate_options& options) {
  auto to = connect_for_migration(url);
  for (int count = 0;; ++count) {
    auto applied = apply_next(to, options);
    if (!applied) return applied.error();
    if (!*applied) return count;
  }
}

result<done> schema_is_current(const std::string& url, const migrate_options& options) {
  auto to = connect_for_migration(url);
  std::optional<failure> refused;
  auto failed = in_transaction(to, [&](pqxx::work& in) {
    if ((refused = refuse_fsync_off(in, options))) return;
    auto count = applied_steps(in);
    if (!count)
      refused = count.error();
    else if (*count != migrations().size())
      refused =
          wrong("schema_old", "the database needs " + std::to_string(migrations().size() - *count) +
                                  " migration(s): run `ringmaster migrate`");
  });
  if (refused) return *refused;
  if (failed) {
    auto why = to_failure(*failed);
    why.message += " (" + failed->message + ")";
    return why;
  }
  return done{};
}

} // namespace ringmaster::db
