#include "db/statement_pipeline.hpp"

#include <sys/socket.h>

#include <utility>

namespace ringmaster::db {

namespace {

// What has no SQLSTATE does not come from the server.
[[noreturn]] void fail(PGconn* at, const PGresult* answer) {
  const char* state = answer == nullptr ? nullptr : PQresultErrorField(answer, PG_DIAG_SQLSTATE);
  const std::string message = answer == nullptr ? PQerrorMessage(at) : PQresultErrorMessage(answer);
  if (state == nullptr) throw pqxx::broken_connection{message};
  throw pqxx::sql_error{message, "", state};
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
    if (PQexitPipelineMode(of_) == 0) break_off();
  }
  pipeline_mode(const pipeline_mode&) = delete;
  pipeline_mode& operator=(const pipeline_mode&) = delete;

  void sync() {
    if (PQpipelineSync(of_) == 0) fail(of_, nullptr);
    ++synced_;
  }

private:
  void read_past_sync() {
    for (int nulls = 0; nulls < 2;) { // one null ends a statement's answer; two: nothing more comes
      const std::unique_ptr<PGresult, void (*)(PGresult*)> one{PQgetResult(of_), PQclear};
      nulls = one == nullptr ? nulls + 1 : 0;
      if (one == nullptr || PQresultStatus(one.get()) != PGRES_PIPELINE_SYNC) continue;
      --synced_;
      return;
    }
    synced_ = 0;
  }
  // It would take no other statements any more; so it is made to be seen as broken.
  void break_off() {
    ::shutdown(PQsocket(of_), SHUT_RDWR);
    while (PQstatus(of_) == CONNECTION_OK && PQconsumeInput(of_) != 0) {
    }
  }

  PGconn* of_;
  int synced_ = 0;
};

} // namespace

const std::vector<statement>& pipeline_statements() {
  static const std::vector<statement> all = {{"begin", "BEGIN"}};
  return all;
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
  // Each answer comes when it is there: a server that works for long is not silent (answer_watch).
  if (PQsendFlushRequest(to) == 0) fail(to, nullptr);
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
  if (!in_.has_begun()) asked.insert(asked.begin(), question{"begin", {}, {}});
  for (const auto& each : asked)
    in_.with().prepare_now(each.statement);
  in_.begins();
  auto* const raw = in_.with().raw();
  pipeline_mode mode{raw};
  for (const auto& each : asked)
    send(raw, each);
  mode.sync();
  for (const auto& each : asked)
    receive(raw, each);
}

void statement_pipeline::flush_all() {
  while (!asked_.empty())
    flush();
}

} // namespace ringmaster::db
