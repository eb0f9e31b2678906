#include "db/server_identity.hpp"

namespace ringmaster::db {

const char* const server_identity_sql =
    "SELECT system_identifier || '/' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)"
    " FROM pg_control_system()";

bool server_identity::accept(const std::string& found) {
  const std::lock_guard lock(guard_);
  if (known_.empty()) known_ = found;
  if (found != known_) {
    other_ = found;
    closed_ = true;
  }
  return !closed_;
}

std::string server_identity::known() const {
  const std::lock_guard lock(guard_);
  return known_;
}

std::string server_identity::problem() const {
  const std::lock_guard lock(guard_);
  if (!closed_) return {};
  return "another PostgreSQL server answers than before (it was " + known_ + " and is " + other_ +
         "): it may lack calls that were made, so none is made" +
         (why_.empty() ? std::string{} : ". " + why_);
}

void server_identity::go_over(const std::string& found) {
  const std::lock_guard lock(guard_);
  known_ = found;
  word_of_ = found == allowed_ ? allowed_by_ : std::string{};
  other_.clear();
  allowed_.clear();
  why_.clear();
  ++generation_;
  closed_ = false;
}

std::string server_identity::word_of() const {
  const std::lock_guard lock(guard_);
  return word_of_;
}

std::string server_identity::allow(const std::string& by) {
  const std::lock_guard lock(guard_);
  if (!closed_) return "the database's server is the known one: there is nothing to accept";
  allowed_ = other_;
  allowed_by_ = by;
  return {};
}

bool server_identity::is_allowed(const std::string& found) const {
  const std::lock_guard lock(guard_);
  return !found.empty() && found == allowed_;
}

void server_identity::refused(const std::string& why) {
  const std::lock_guard lock(guard_);
  why_ = why;
}

server_identity::change::change(server_identity* with) : with_(with) {
  if (with_ == nullptr) return;
  const std::lock_guard lock(with_->guard_);
  refused_ = with_->closed_;
  if (!refused_) ++with_->changes_;
}

server_identity::change::~change() {
  if (with_ != nullptr && !refused_) --with_->changes_;
}

} // namespace ringmaster::db
