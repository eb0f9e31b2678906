// One session with PostgreSQL: opened with our settings, closed when it broke, never revived behind
// our back. Not thread-safe: each thread or actor has its own.
#pragma once

#include "actors/failure.hpp"
#include "db/answer_watch.hpp"
#include "db/server_identity.hpp"

#include <pqxx/pqxx>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

namespace ringmaster::db {

/// A prepared statement; declared on every new session, prepared at the server on first use.
struct statement {
  std::string name;
  std::string sql;
};

struct session_settings {
  std::string application_name = "ringmaster";
  std::chrono::milliseconds connect_timeout{5'000}; ///< whole seconds, at least 2 (libpq)
  std::chrono::milliseconds statement_timeout{30'000};
  std::chrono::milliseconds lock_timeout{10'000};
  /// A server that says nothing for that long is given up, whatever it promised.
  std::chrono::milliseconds answer_timeout{35'000};
  /// Nested loops by key, whatever the statistics say: right for small batches joined by primary
  /// key (the planner likes to scan whole tables for them), wrong for lists and reports.
  bool plans_by_key = false;
  /// How old the plans of prepared statements may grow: one that was made while a table was empty
  /// reads all of it later, until the database's own statistics run comes by. Measured: 0.4 ms
  /// became 6 ms a batch.
  std::chrono::milliseconds plan_life{1'000};
  /// While there is work all the time, twice as old each time up to this.
  std::chrono::milliseconds longest_plan_life{1'000};
  /// Set: only the server that it knows is worked with.
  std::shared_ptr<server_identity> server;
  /// Another server is met and told of, but read all the same: whoever changes something asks
  /// elsewhere().
  bool any_server = false;
};

/// Why something didn't go, as far as the caller must tell it apart.
enum class sql_trouble {
  lost,           ///< the connection broke before COMMIT was sent: certainly not applied
  lost_in_commit, ///< it broke while committing: may or may not be applied
  contention,     ///< deadlock or serialization failure: certainly not applied, once more may help
  busy,           ///< a time-out or a lack of resources: certainly not applied
  violation,      ///< a constraint refused it (its SQLSTATE begins with 23)
  foreign,        ///< another server answers than before: certainly not applied, nor will it be
  other           ///< bad data or a bug of ours: certainly not applied
};

struct sql_failure {
  sql_trouble what = sql_trouble::other;
  std::string message;  ///< one line; never shown to API clients as it stands
  std::string sqlstate; ///< five characters, or empty
};

/// libpqxx's connection, which lets libpq's own be seen: for what libpqxx has no words for.
class pq_session : public pqxx::connection_base {
public:
  explicit pq_session(const std::string& url);
  ~pq_session() noexcept;
  pqxx::internal::pq::PGconn* raw() const { return policy_.made; }

private:
  struct keeping_policy : pqxx::connect_direct {
    using connect_direct::connect_direct;
    handle do_startconnect(handle known) override {
      return made = connect_direct::do_startconnect(known);
    }
    handle made = nullptr;
  };
  keeping_policy policy_;
};

class connection {
public:
  connection(std::string url, session_settings settings, std::vector<statement> statements);

  /// Connects unless connected; refuses a server that the settings don't know.
  std::optional<sql_failure> open();
  bool is_open() const;
  void close();
  /// Only when open.
  pq_session& session() { return *session_; }
  const std::string& url() const { return url_; }
  const socket_name& socket() const { return socket_; }
  std::chrono::milliseconds answer_timeout() const { return settings_.answer_timeout; }
  /// Whose changes are counted; null: nobody's.
  server_identity* counted_by() const {
    return settings_.any_server ? nullptr : settings_.server.get();
  }
  /// With `any_server`: the session is not with the known server.
  bool elsewhere() const { return settings_.server && met_ != settings_.server->known(); }
  bool at_standby() const { return settings_.server && met_.empty(); }

  /// Numbers the transaction in a row of its own, so that it can be told elsewhere whether it is
  /// there. Nothing without `server`.
  void mark(pqxx::transaction_base& in);
  /// For statements that do it besides; committed() counts it as seen.
  std::int64_t next_mark() { return marked_ = settings_.server->marks.next(); }
  std::int32_t writer() const { return writer_; }
  const server_identity* server() const { return settings_.server.get(); }
  void began() { marked_ = 0; }
  void committed();

  /// Lets go of plans that have lived long enough; at the beginning of a transaction.
  void renew_plans(pqxx::transaction_base& in);
  /// The next transaction finds other tables than the plans were made for.
  void forget_plans() { planned_at_ = {}; }

private:
  void apply_settings();
  std::optional<sql_failure> check_server();
  void meet_server();

  std::string url_;
  session_settings settings_;
  std::vector<statement> statements_;
  std::unique_ptr<pq_session> session_;
  socket_name socket_;
  std::chrono::steady_clock::time_point planned_at_{};
  std::chrono::milliseconds plan_life_{};
  std::uint64_t generation_ = 0; ///< of the server that the session is with
  std::string met_;              ///< with `any_server`
  std::int32_t writer_ = 0;
  std::int64_t marked_ = 0; ///< the transaction under way; 0: not
};

/// Judges an exception that libpqxx (or the C++ library) threw.
sql_failure classify(const std::exception& thrown, bool session_is_open);

/// Runs `work(transaction)` and commits, unless it answers false. On failure nothing is applied
/// (except lost_in_commit, where it is not known) and a broken connection has been closed.
template <class Transaction = pqxx::work, class Work>
std::optional<sql_failure> in_transaction(connection& to, Work work) {
  if (auto failed = to.open()) return failed;
  const server_identity::change change{to.counted_by()};
  if (change.refused()) return sql_failure{sql_trouble::foreign, to.server()->problem(), {}};
  to.began();
  std::optional<sql_failure> failed;
  bool committing = false;
  try {
    const answer_guard watched{to.socket(), to.answer_timeout()};
    Transaction transaction{to.session()};
    to.renew_plans(transaction);
    if constexpr (std::is_same_v<decltype(work(transaction)), bool>) {
      if (!work(transaction)) {
        transaction.abort();
        if (to.is_open()) return std::nullopt;
        to.close();
        return sql_failure{sql_trouble::lost, "the session broke while rolling back", {}};
      }
    } else {
      work(transaction);
    }
    committing = true;
    transaction.commit();
    to.committed();
    return std::nullopt;
  } catch (const std::exception& thrown) {
    failed = classify(thrown, to.is_open());
  }
  // A session that ends in answer to COMMIT may have committed (waiting for a standby, say).
  if (committing && failed->what == sql_trouble::lost) failed->what = sql_trouble::lost_in_commit;
  if (failed->what == sql_trouble::lost || failed->what == sql_trouble::lost_in_commit) to.close();
  return failed;
}

/// What keeps the database from working for us, in words for people: "its disk is full".
std::string cause_of(const sql_failure& failed);

/// The failure as the API tells it: unavailable, unknown or internal.
failure to_failure(const sql_failure& failed);

} // namespace ringmaster::db
