#include "db/connection.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace ringmaster::db {

pq_session::pq_session(const std::string& url) : connection_base(policy_), policy_(url) {
  init();
}

pq_session::~pq_session() noexcept {
  close();
}

connection::connection(std::string url, session_settings settings,
                       std::vector<statement> statements)
    : url_(std::move(url)), settings_(std::move(settings)), statements_(std::move(statements)) {
  if (settings_.server) writer_ = settings_.server->marks.new_writer();
}

namespace {

// libpqxx 6 revives a broken session by itself when a transaction begins. Ours must know.
void forbid_revival(pqxx::connection_base& session) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  session.inhibit_reactivation(true);
#pragma GCC diagnostic pop
}

// What libpq is told besides, unless the URL says it otherwise. Both forms that it takes:
// "postgresql://…?a=b" and "host=… a=b". A host that vanished without a word is noticed within half
// a minute, whether we wait for it or speak to it.
std::string with_time_limits(std::string url, std::chrono::milliseconds connect_timeout) {
  const auto seconds = std::max<long long>(2, connect_timeout.count() / 1000);
  const std::pair<std::string, std::string> limits[] = {
      {"connect_timeout", std::to_string(seconds)},
      {"keepalives_idle", "10"},
      {"keepalives_interval", "5"},
      {"keepalives_count", "3"},
      {"tcp_user_timeout", "20000"}};
  const bool pairs = url.find("://") == std::string::npos;
  for (const auto& [name, value] : limits) {
    if (url.find(name + "=") != std::string::npos) continue;
    url += pairs ? " " : url.find('?') == std::string::npos ? "?" : "&";
    url += name + "=" + value;
  }
  return url;
}

bool starts_with(const std::string& text, const char* prefix) {
  return text.compare(0, std::strlen(prefix), prefix) == 0;
}

} // namespace

bool connection::is_open() const {
  return session_ && session_->is_open();
}

void connection::close() {
  session_.reset();
  socket_.close();
}

std::optional<sql_failure> connection::open() {
  const auto* server = settings_.server.get();
  if (server != nullptr && server->closed() && !settings_.any_server) {
    close();
    return sql_failure{sql_trouble::foreign, server->problem(), {}};
  }
  const auto generation = server == nullptr ? 0 : server->generation();
  if (is_open() && generation_ == generation) return std::nullopt;
  close();
  generation_ = generation;
  std::optional<sql_failure> failed;
  try {
    session_ = std::make_unique<pq_session>(with_time_limits(url_, settings_.connect_timeout));
    socket_.name(session_->sock());
    forbid_revival(*session_);
    const answer_guard watched{socket_, settings_.answer_timeout};
    apply_settings();
    planned_at_ = std::chrono::steady_clock::now(); // nothing is planned yet
    plan_life_ = settings_.plan_life;
    failed = check_server();
    for (const auto& each : statements_)
      session_->prepare(each.name, each.sql);
  } catch (const std::exception& thrown) {
    failed = classify(thrown, false);
    failed->what = sql_trouble::lost;
  }
  if (failed) close();
  return failed;
}

std::optional<sql_failure> connection::check_server() {
  if (!settings_.server) return std::nullopt;
  if (settings_.any_server) {
    meet_server();
    return std::nullopt;
  }
  pqxx::nontransaction question{*session_};
  // A session that begins so stays so, whatever the database's settings become.
  if (question.exec("SHOW transaction_read_only")[0][0].c_str() == std::string{"on"})
    return sql_failure{sql_trouble::lost, "the database is read-only", "25006"};
  if (settings_.server->accept(question.exec(server_identity_sql)[0][0].c_str()))
    return std::nullopt;
  return sql_failure{sql_trouble::foreign, settings_.server->problem(), {}};
}

void connection::meet_server() {
  pqxx::nontransaction question{*session_};
  const auto row =
      question.exec(std::string{"SELECT CASE WHEN pg_is_in_recovery() THEN '' ELSE ("} +
                    server_identity_sql + ") END")[0];
  met_ = row[0].c_str();
  if (!met_.empty()) settings_.server->accept(met_);
}

void connection::mark(pqxx::transaction_base& in) {
  if (!settings_.server) return;
  in.exec_params("INSERT INTO commit_marks VALUES ($1::uuid, $2, $3)"
                 " ON CONFLICT (process, writer) DO UPDATE SET mark = excluded.mark",
                 settings_.server->marks.process(), writer_, next_mark());
}

void connection::committed() {
  if (marked_ != 0) settings_.server->marks.seen(writer_, std::exchange(marked_, 0));
}

void connection::renew_plans(pqxx::transaction_base& in) {
  const auto now = std::chrono::steady_clock::now();
  const auto age = now - planned_at_;
  if (age < plan_life_) return;
  in.exec("DISCARD PLANS");
  planned_at_ = now;
  // What was idle for long may find other tables.
  plan_life_ = age > 2 * settings_.longest_plan_life
                   ? settings_.plan_life
                   : std::max(plan_life_, std::min(2 * plan_life_, settings_.longest_plan_life));
}

void connection::apply_settings() {
  const auto milliseconds = [](std::chrono::milliseconds time) {
    return std::to_string(time.count());
  };
  std::string sql = "SET client_encoding = 'UTF8'; SET TimeZone = 'UTC'; SET DateStyle = 'ISO';"
                    "SET synchronous_commit = on; SET client_min_messages = 'warning';"
                    "SET standard_conforming_strings = on;"
                    "SET idle_in_transaction_session_timeout = '60s';"
                    // A session whose client vanished must not keep its locks for hours.
                    "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5;"
                    "SET tcp_keepalives_count = 3; SET tcp_user_timeout = 20000;";
  sql += "SET statement_timeout = " + milliseconds(settings_.statement_timeout) + ";";
  sql += "SET lock_timeout = " + milliseconds(settings_.lock_timeout) + ";";
  sql += "SET application_name = " + session_->quote(settings_.application_name) + ";";
  if (settings_.plans_by_key)
    sql += "SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_seqscan = off;"
           "SET plan_cache_mode = force_generic_plan; SET jit = off;";
  pqxx::nontransaction setup{*session_};
  setup.exec(sql);
}

namespace {

std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  while (!text.empty() && text.back() == ' ')
    text.pop_back();
  return text.substr(0, 500);
}

sql_trouble trouble_of(const std::string& state) {
  // 08: connection; 57P01..03: the server goes down or ended our session; 25006: it takes no
  // changes, and a session that began so stays so.
  if (starts_with(state, "08") || starts_with(state, "57P") || state == "25006")
    return sql_trouble::lost;
  if (starts_with(state, "40")) return sql_trouble::contention;
  if (starts_with(state, "23")) return sql_trouble::violation;
  // 53: out of resources; 55P03: lock time-out; 57014: statement time-out.
  if (starts_with(state, "53") || state == "55P03" || state == "57014") return sql_trouble::busy;
  return sql_trouble::other;
}

} // namespace

sql_failure classify(const std::exception& thrown, bool session_is_open) {
  sql_failure failed;
  failed.message = one_line(thrown.what());
  if (dynamic_cast<const pqxx::in_doubt_error*>(&thrown) != nullptr) {
    failed.what = sql_trouble::lost_in_commit;
  } else if (const auto* sql = dynamic_cast<const pqxx::sql_error*>(&thrown)) {
    failed.sqlstate = sql->sqlstate();
    failed.what = trouble_of(failed.sqlstate);
  } else if (dynamic_cast<const pqxx::transaction_rollback*>(&thrown) != nullptr) {
    failed.what = sql_trouble::contention;
  } else if (dynamic_cast<const pqxx::broken_connection*>(&thrown) != nullptr) {
    failed.what = sql_trouble::lost;
  }
  if (failed.what != sql_trouble::lost_in_commit && !session_is_open)
    failed.what = sql_trouble::lost;
  return failed;
}

std::string cause_of(const sql_failure& failed) {
  const std::pair<const char*, const char*> causes[] = {
      {"25006", "it is read-only"},
      {"53100", "its disk is full"},
      {"53200", "it is out of memory"},
      {"53", "it is out of resources"},
      {"55P03", "something holds a lock that we need"},
      {"57014", "a statement took too long"},
      {"40", "transactions keep getting into each other's way"}};
  for (const auto& [state, cause] : causes)
    if (starts_with(failed.sqlstate, state)) return cause;
  return failed.what == sql_trouble::foreign ? failed.message : "it can't be reached";
}

failure to_failure(const sql_failure& failed) {
  switch (failed.what) {
  case sql_trouble::lost:
    if (failed.sqlstate == "25006")
      return {failure_kind::unavailable, "database_read_only",
              "the database is read-only; nothing was done, try again later", ""};
    return {failure_kind::unavailable, "database_unavailable",
            "the database can't be reached; nothing was done, try again later", ""};
  case sql_trouble::lost_in_commit:
    return {failure_kind::unknown, "outcome_unknown",
            "the database was lost while committing; look whether it was done before trying again",
            ""};
  case sql_trouble::contention:
  case sql_trouble::busy:
    return {failure_kind::unavailable, "database_busy",
            "the database is too busy; nothing was done, try again later", ""};
  case sql_trouble::violation:
    return {failure_kind::conflict, "conflict",
            "it clashes with what is stored (perhaps since a moment ago); nothing was done", ""};
  case sql_trouble::foreign:
    return {failure_kind::unavailable, "database_changed", failed.message, ""};
  case sql_trouble::other:
    break;
  }
  return {failure_kind::internal, "internal_error",
          "an internal error; nothing was done (" + failed.sqlstate + ")", ""};
}

} // namespace ringmaster::db
