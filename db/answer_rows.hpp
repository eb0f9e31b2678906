// What a statement of a pipeline returned (db/statement_pipeline.hpp): libpq's own result, read as
// pqxx::result is (db/fields.hpp).
#pragma once

#include <libpq-fe.h>
#include <pqxx/pqxx>

#include <memory>

namespace ringmaster::db {

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
  // As its own iterator.
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

class answer_rows {
public:
  explicit answer_rows(PGresult* owned) : owned_(owned, PQclear) {}
  answer_row begin() const { return {owned_.get(), 0}; }
  answer_row end() const { return {owned_.get(), PQntuples(owned_.get())}; }

private:
  std::unique_ptr<PGresult, void (*)(PGresult*)> owned_;
};

} // namespace ringmaster::db
