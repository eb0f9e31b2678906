// Prepared statements that go to the server together and are answered together: one way there and
// back instead of one for each. (Measured with two calls a batch: of a batch's 1.8 ms these ways,
// each with two threads to be woken, were a third.) libpqxx has no such thing for prepared
// statements; libpq has (its "pipeline mode").
#pragma once

#include "db/connection.hpp"

#include <libpq-fe.h>
#include <pqxx/pqxx>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace ringmaster::db {

/// A field of such an answer; reads as pqxx::field does (db/fields.hpp).
class answer_field {
public:
  answer_field(const PGresult* of, int row, int column) : of_(of), row_(row), column_(column) {}
  bool is_null() const { return PQgetisnull(of_, row_, column_) != 0; }
  const char* c_str() const { return PQgetvalue(of_, row_, column_); }
  template <class T>
  T as() const {
    T value{};
    pqxx::from_string(c_str(), value);
    return value;
  }

private:
  const PGresult* of_;
  int row_, column_;
};

class answer_row {
public:
  answer_row(const PGresult* of, int row) : of_(of), row_(row) {}
  answer_field operator[](int column) const { return {of_, row_, column}; }
  answer_row operator*() const { return *this; }
  answer_row& operator++() {
    ++row_;
    return *this;
  }
  bool operator!=(const answer_row& other) const { return row_ != other.row_; }

private:
  const PGresult* of_;
  int row_;
};

/// What a statement returned.
class answer_rows {
public:
  explicit answer_rows(PGresult* owned) : owned_(owned, PQclear) {}
  answer_row begin() const { return {owned_.get(), 0}; }
  answer_row end() const { return {owned_.get(), PQntuples(owned_.get())}; }

private:
  std::unique_ptr<PGresult, void (*)(PGresult*)> owned_;
};

/// A transaction whose BEGIN goes with its first statements.
class late_transaction : public pqxx::dbtransaction {
public:
  explicit late_transaction(pq_session& with);
  ~late_transaction() noexcept override;

  pq_session& with() { return with_; }
  /// For statements that go by themselves.
  void begin_now();
  /// Whether BEGIN is to be sent with what is sent now.
  bool takes_begin() { return !std::exchange(begun_, true); }

private:
  void do_begin() override {}
  void do_commit() override;
  void do_abort() override;

  pq_session& with_;
  bool begun_ = false;
};

/// Collects statements and sends them. Throws what libpqxx throws when one of them fails: those
/// behind it are not executed then, and the transaction can only be rolled back.
class statement_pipeline {
public:
  using taker = std::function<void(const answer_rows&)>;

  explicit statement_pipeline(late_transaction& in) : in_(in) {}

  /// To be sent with the next flush(); its answer goes to `take`, which may ask on: for the flush
  /// after that.
  void ask(const char* statement, std::vector<std::string> arguments, taker take = {});
  /// Sends what was asked and deals the answers out, in the order of the asking.
  void flush();

private:
  struct question {
    std::string statement;
    std::vector<std::string> arguments;
    taker take;
  };
  static void send(PGconn* to, const question& one);
  void receive(PGconn* from, const question& one);

  late_transaction& in_;
  std::vector<question> asked_;
};

/// What a statement_pipeline needs besides.
const std::vector<statement>& pipeline_statements();

} // namespace ringmaster::db
