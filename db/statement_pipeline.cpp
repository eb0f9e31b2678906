#include "db/statement_pipeline.hpp"

#include <sys/socket.h>

#include <utility>

namespace ringmaster::db {

namespace {

[[noreturn]] void fail(PGconn* at, const PGresult* answer) {
  const char* state = answer == nullptr ? nullptr : PQresultErrorField(answer, PG_DIAG_SQLSTATE);
  const std::string message = answer == nullptr ? PQerrorMessage(at) : PQresultErrorMessage(answer);
  if (PQstatus(at) != CONNECTION_OK && state == nullptr) throw pqxx::broken_connection{message};
  throw pqxx::sql_error{message, "", state == nullptr ? "" : state};
}

// Back to the ordinary mode, whatever happened: all answers up to the end of what was sent are
// taken in. A connection that broke stays as it is; it will be closed.
class pipeline_mode {
public:
  explicit pipeline_mode(PGconn* of) : of_(of) {
    if (PQenterPipelineMode(of_) == 0) fail(of_, nullptr);
  }
  ~pipeline_mode() {
    while (synced_ > 0 && PQstatus(of_) == CONNECTION_OK)
      read_past_sync();
    // It would take no other statements any more; so it is found broken, and opened anew.
    if (PQexitPipelineMode(of_) == 0) ::shutdown(PQsocket(of_), SHUT_RDWR);
  }
  pipeline_mode(const pipeline_mode&) = delete;
  pipeline_mode& operator=(const pipeline_mode&) = delete;

  void sync() {
    if (PQpipelineSync(of_) == 0) fail(of_, nullptr);
    ++synced_;
  }
  void read_past_sync() {
    for (;;) {
      const std::unique_ptr<PGresult, void (*)(PGresult*)> one{PQgetResult(of_), PQclear};
      if (one == nullptr && PQstatus(of_) != CONNECTION_OK) return;
      if (one == nullptr || PQresultStatus(one.get()) != PGRES_PIPELINE_SYNC) continue;
      --synced_;
      return;
    }
  }

private:
  PGconn* of_;
  int synced_ = 0;
};

} // namespace

const std::vector<statement>& pipeline_statements() {
  static const std::vector<statement> all = {{"begin", "BEGIN"}};
  return all;
}

late_transaction::late_transaction(pq_session& with)
    : namedclass{"late_transaction"}, dbtransaction(with), with_(with) {
  Begin();
}

late_transaction::~late_transaction() noexcept {
  End();
}

void late_transaction::begin_now() {
  if (takes_begin()) direct_exec("BEGIN");
}

void late_transaction::do_commit() {
  if (begun_) direct_exec("COMMIT");
}

void late_transaction::do_abort() {
  if (begun_) dbtransaction::do_abort();
}

void statement_pipeline::ask(const char* statement, std::vector<std::string> arguments,
                             taker take) {
  asked_.push_back({statement, std::move(arguments), std::move(take)});
}

void statement_pipeline::send(PGconn* to, const question& one) {
  std::vector<const char*> values;
  values.reserve(one.arguments.size());
  for (const auto& each : one.arguments)
    values.push_back(each.c_str());
  if (PQsendQueryPrepared(to, one.statement.c_str(), static_cast<int>(values.size()), values.data(),
                          nullptr, nullptr, 0) == 0)
    fail(to, nullptr);
}

void statement_pipeline::receive(PGconn* from, const question& one) {
  auto* const got = PQgetResult(from);
  const answer_rows answer{got};
  const auto status = PQresultStatus(got);
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) fail(from, got);
  if (auto* more = PQgetResult(from)) { // the end of this statement's answer is a null
    PQclear(more);
    throw pqxx::failure{"two answers to one statement"};
  }
  if (one.take) one.take(answer);
}

void statement_pipeline::flush() {
  if (asked_.empty()) return;
  auto asked = std::exchange(asked_, {});
  if (in_.takes_begin()) asked.insert(asked.begin(), question{"begin", {}, {}});
  for (const auto& each : asked)
    in_.with().prepare_now(each.statement);
  auto* const raw = in_.with().raw();
  pipeline_mode mode{raw};
  for (const auto& each : asked)
    send(raw, each);
  mode.sync();
  for (const auto& each : asked)
    receive(raw, each);
}

} // namespace ringmaster::db
