#include "db/late_transaction.hpp"

namespace ringmaster::db {

late_transaction::late_transaction(pq_session& with)
    : namedclass{"late_transaction"}, dbtransaction(with), with_(with) {
  Begin();
}

late_transaction::~late_transaction() noexcept {
  End();
}

void late_transaction::begin_now() {
  if (begun_) return;
  begins();
  direct_exec("BEGIN");
}

void late_transaction::do_commit() {
  if (!begun_) return;
  try {
    direct_exec("COMMIT");
  } catch (const pqxx::statement_completion_unknown& thrown) {
    throw pqxx::in_doubt_error{thrown.what()};
  }
}

void late_transaction::do_abort() {
  if (begun_) dbtransaction::do_abort();
}

} // namespace ringmaster::db
