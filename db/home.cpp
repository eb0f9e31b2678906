#include "db/home.hpp"

#include "db/fields.hpp"

namespace ringmaster::db {

bool stands_at_home(pqxx::transaction_base& in) {
  return truth_of(in.exec("SELECT coalesce(bool_or(home = found_at()), false)"
                          " FROM database_home")[0][0]);
}

failure database_copied() {
  return {failure_kind::conflict, "database_copied",
          "this database is a copy of another one, or was moved: it doesn't know the calls "
          "made since. Run `ringmaster restored`, which pauses all runs and asks the carrier "
          "for those calls, and then start again",
          ""};
}

namespace {

result<std::string> known_server(const std::string& url) {
  connection to{url, session_settings{}, {}};
  bool home = false;
  std::string known;
  const auto failed = in_transaction(to, [&](pqxx::work& in) {
    home = stands_at_home(in);
    known = text_of(in.exec("SELECT coalesce(max(server), '') FROM database_home")[0][0]);
  });
  if (failed) return to_failure(*failed);
  if (!home) return database_copied();
  return known;
}

} // namespace

result<done> is_at_home(const std::string& url) {
  const auto known = known_server(url);
  if (!known) return known.error();
  return done{};
}

result<std::string> may_start_on(const std::string& url, const migrate_options& options) {
  const auto current = schema_is_current(url, options);
  if (!current) return current.error();
  return known_server(url);
}

void leave_home(pqxx::transaction_base& in) {
  in.exec("UPDATE database_home SET home = ''");
}

void arrive_home(pqxx::transaction_base& in) {
  in.exec(std::string{"UPDATE database_home SET home = found_at(), server = ("} +
          server_identity_sql + ")");
}

} // namespace ringmaster::db
