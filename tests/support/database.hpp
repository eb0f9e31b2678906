// A fresh, migrated PostgreSQL database for a test, and builders for what stands in it.
#pragma once

#include "actors/clock.hpp"
#include "actors/ids.hpp"

#include <pqxx/pqxx>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace ringmaster::test {

/// Created empty but migrated; dropped at the end. Needs RINGMASTER_TEST_DATABASE_URL: a server
/// whose user may create databases (scripts/test starts one). Throws std::runtime_error without it.
class database {
public:
  database();
  ~database();
  database(const database&) = delete;
  database& operator=(const database&) = delete;

  const std::string& url() const { return url_; }

  /// Runs SQL in a transaction of its own; each call may use another session.
  pqxx::result sql(const std::string& statement);
  /// The only field of the only row.
  std::int64_t number(const std::string& statement);
  std::string text(const std::string& statement);

  /// With `slots` call slots; the caller ID is made from the id.
  business_id add_business(int slots = 3);
  lead_id add_lead(business_id business, const std::string& phone);
  /// So many leads, each with a number of its own.
  std::vector<lead_id> add_leads(business_id business, int count);
  /// A running run with a queued job for each of these leads.
  run_id add_run(business_id business, const std::vector<lead_id>& leads);
  /// The run's jobs in their order.
  std::vector<job_id> jobs_of(run_id run);
  job_id add_job(business_id business, run_id run, lead_id lead);

  std::string status_of(job_id job);

  /// Cuts every session to this database whose application_name is like that, and waits until they
  /// are gone.
  void cut_sessions(const std::string& application_name);
  /// Whether anybody may open a session; those that are open stay.
  void let_in(bool anybody);
  /// Waits until a session with that application_name waits for a lock.
  void wait_until_blocked(const std::string& application_name);

private:
  std::string name_, url_;
  std::unique_ptr<pqxx::connection> session_;
};

/// `url` with another database name.
std::string with_database(const std::string& url, const std::string& name);
/// An empty, unmigrated database; the caller drops it.
std::string create_empty_database(const std::string& name);
void drop_database(const std::string& name);
std::string maintenance_url();

/// "+1555…", one for each n.
std::string phone(std::int64_t n);
/// A UUID, one for each n.
dial_token token(std::uint64_t n);
/// A moment, n seconds after the tests' beginning of time.
time_point at(std::int64_t seconds);

} // namespace ringmaster::test
