#include "db/server_identity.hpp"

namespace ringmaster::db {

const char* const server_identity_sql =
    "SELECT system_identifier || '/' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)"
    " FROM pg_control_system()";

bool server_identity::accept(const std::string& found) {
  const std::lock_guard lock(guard_);
  if (first_.empty()) first_ = found;
  if (found != first_ && !closed_) {
    other_ = found;
    closed_ = true;
  }
  return !closed_;
}

std::string server_identity::problem() const {
  const std::lock_guard lock(guard_);
  if (!closed_) return {};
  return "another PostgreSQL server answers than at the start (it was " + first_ + " and is " +
         other_ +
         "): it may lack calls that were made, so none is made until somebody has looked and "
         "started this program again";
}

} // namespace ringmaster::db
