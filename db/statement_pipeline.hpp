// Prepared statements that go to the server together and are answered together: one way there and
// back instead of one for each. (Measured with two calls a batch: of a batch's 1.8 ms these ways,
// each with two threads to be woken, were a third.) libpqxx has no such thing for prepared
// statements; libpq has: its "pipeline mode".
#pragma once

#include "db/answer_rows.hpp"
#include "db/late_transaction.hpp"

#include <functional>
#include <string>
#include <vector>

namespace ringmaster::db {

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
  /// Until nobody asks on.
  void flush_all();

private:
  struct question {
    std::string statement;
    std::vector<std::string> arguments;
    taker take;
  };
  static void send(PGconn* to, const question& one);
  static void receive(PGconn* from, const question& one);

  late_transaction& in_;
  std::vector<question> asked_;
};

/// What a statement_pipeline needs besides.
const std::vector<statement>& pipeline_statements();

} // namespace ringmaster::db
