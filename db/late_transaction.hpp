// A transaction whose BEGIN goes to the server with its first statements.
#pragma once

#include "db/connection.hpp"

#include <pqxx/pqxx>

namespace ringmaster::db {

/// Until begin_now(), or the first flush of a statement_pipeline, nothing has begun: what is
/// executed before that is committed by itself.
class late_transaction : public pqxx::dbtransaction {
public:
  explicit late_transaction(pq_session& with);
  ~late_transaction() noexcept override;

  pq_session& with() { return with_; }
  void begin_now();
  bool has_begun() const { return begun_; }
  /// Its BEGIN is sent by somebody else, now.
  void begins() { begun_ = true; }

private:
  void do_begin() override {}
  void do_commit() override;
  void do_abort() override;

  pq_session& with_;
  bool begun_ = false;
};

} // namespace ringmaster::db
