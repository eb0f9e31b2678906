#include "db/home.hpp"

#include "db/fields.hpp"

namespace ringmaster::db {

result<done> is_at_home(const std::string& url) {
  connection to{url, session_settings{}, {}};
  bool home = false;
  const auto failed = in_transaction(to, [&](pqxx::work& in) {
    home = truth_of(in.exec("SELECT coalesce(bool_or(home = found_at()), false)"
                            " FROM database_home")[0][0]);
  });
  if (failed) return to_failure(*failed);
  if (home) return done{};
  return failure{
      failure_kind::conflict, "database_copied",
      "this database is a copy of another one, or was moved: it doesn't know the calls "
      "made since. Run `ringmaster restored`, which pauses all runs and asks the carrier "
      "for those calls, and then start again",
      ""};
}

result<done> may_start_on(const std::string& url, const migrate_options& options) {
  auto current = schema_is_current(url, options);
  return current ? is_at_home(url) : current;
}

void leave_home(pqxx::transaction_base& in) {
  in.exec("UPDATE database_home SET home = ''");
}

void arrive_home(pqxx::transaction_base& in) {
  in.exec("UPDATE database_home SET home = found_at()");
}

} // namespace ringmaster::db
