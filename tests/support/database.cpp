#include "tests/support/database.hpp"

#include "db/migrations.hpp"
#include "db/sql_text.hpp"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <thread>
#include <unistd.h>

namespace ringmaster::test {

std::string maintenance_url() {
  const char* url = std::getenv("RINGMASTER_TEST_DATABASE_URL");
  if (url == nullptr || *url == '\0')
    throw std::runtime_error("RINGMASTER_TEST_DATABASE_URL is not set: it names a PostgreSQL whose "
                             "user may create databases (scripts/test starts one and sets it)");
  return url;
}

std::string with_database(const std::string& url, const std::string& name) {
  const auto scheme = url.find("://");
  if (scheme == std::string::npos) return url + " dbname=" + name; // the last one counts
  const auto path = url.find('/', scheme + 3);
  const auto query = url.find('?', scheme + 3);
  const auto host_end = std::min(path, query);
  return url.substr(0, host_end) + "/" + name +
         (query == std::string::npos ? "" : url.substr(query));
}

namespace {

void maintain(std::initializer_list<std::string> statements) {
  pqxx::connection session{maintenance_url()};
  pqxx::nontransaction in{session};
  in.exec("SET client_min_messages = 'error'");
  for (const auto& one : statements)
    in.exec(one);
}

std::string dropping(const std::string& name) {
  return "DROP DATABASE IF EXISTS " + name + " WITH (FORCE)";
}

// Migrated once, copied for each test, dropped when the process ends.
class template_database {
public:
  template_database() : name_("rm_template_" + std::to_string(::getpid())) {
    auto applied = db::migrate(create_empty_database(name_), {true});
    if (!applied) throw std::runtime_error(applied.error().message);
  }
  ~template_database() {
    try {
      drop_database(name_);
    } catch (const std::exception& failed) {
      std::fprintf(stderr, "the template database stays behind: %s\n", failed.what());
    }
  }
  const std::string& name() const { return name_; }

private:
  std::string name_;
};

const std::string& template_name() {
  static const template_database made;
  return made.name();
}

} // namespace

std::string create_empty_database(const std::string& name) {
  maintain({dropping(name), "CREATE DATABASE " + name});
  return with_database(maintenance_url(), name);
}

void drop_database(const std::string& name) {
  maintain({dropping(name)});
}

database::database() {
  static std::atomic<int> count{0};
  name_ = "rm_test_" + std::to_string(::getpid()) + "_" + std::to_string(++count);
  // As files: half the time of a copy by way of the WAL.
  maintain({dropping(name_),
            "CREATE DATABASE " + name_ + " TEMPLATE " + template_name() + " STRATEGY file_copy"});
  url_ = with_database(maintenance_url(), name_);
}

database::~database() {
  session_.reset();
  try {
    drop_database(name_);
  } catch (const std::exception& failed) {
    std::fprintf(stderr, "the test database stays behind: %s\n", failed.what());
  }
}

pqxx::result database::sql(const std::string& statement) {
  if (!session_ || !session_->is_open()) {
    session_ = std::make_unique<pqxx::connection>(url_);
    pqxx::nontransaction{*session_}.exec("SET TimeZone = 'UTC'; SET client_min_messages = 'error'");
  }
  pqxx::work in{*session_};
  auto rows = in.exec(statement);
  in.commit();
  return rows;
}

std::int64_t database::number(const std::string& statement) {
  return sql(statement).at(0).at(0).as<std::int64_t>();
}

std::string database::text(const std::string& statement) {
  return sql(statement).at(0).at(0).as<std::string>("");
}

business_id database::add_business(int slots) {
  const auto id = number("SELECT nextval('business_ids')");
  const auto key = std::to_string(id);
  sql("INSERT INTO businesses (id, name, phone_e164, max_outbound_calls, created_at) VALUES (" +
      key + ", 'Business " + key + "', '+1800" + key + "', " + std::to_string(slots) +
      ", '2026-01-01')");
  sql("INSERT INTO call_slots SELECT " + key + ", generate_series(1, " + std::to_string(slots) +
      ")");
  return business_id{id};
}

lead_id database::add_lead(business_id business, const std::string& phone) {
  return lead_id{number(
      "INSERT INTO leads (business_id, phone_e164, first_name, created_at) VALUES (" +
      std::to_string(business.value) + ", '" + phone + "', 'Ann', '2026-01-01') RETURNING id")};
}

std::vector<lead_id> database::add_leads(business_id business, int count) {
  std::vector<lead_id> ids;
  for (const auto& row :
       sql("INSERT INTO leads (business_id, phone_e164, first_name, created_at) SELECT " +
           std::to_string(business.value) +
           ", '+1555' || currval('lead_ids') + n, 'Lead ' || n, '2026-01-01'"
           " FROM (SELECT nextval('lead_ids')) first, generate_series(1, " +
           std::to_string(count) + ") n ORDER BY n RETURNING id"))
    ids.emplace_back(row[0].as<std::int64_t>());
  return ids;
}

run_id database::add_run(business_id business, const std::vector<lead_id>& leads) {
  const auto owner = std::to_string(business.value);
  const auto run = number("INSERT INTO outbound_call_runs (business_id, name, status, concurrency,"
                          " total, jobs_made, created_at) VALUES (" +
                          owner + ", 'test', 'running', 3, 0, 0, '2026-01-01') RETURNING id");
  for (const auto lead : leads)
    add_job(business, run_id{run}, lead);
  return run_id{run};
}

job_id database::add_job(business_id business, run_id run, lead_id lead) {
  const auto owner = std::to_string(business.value), key = std::to_string(run.value);
  const auto job =
      number("INSERT INTO outbound_call_jobs (business_id, run_id, lead_id, phone_e164,"
             " created_at) SELECT business_id, " +
             (run ? key : "NULL") + ", id, phone_e164, '2026-01-01' FROM leads" +
             " WHERE business_id = " + owner + " AND id = " + std::to_string(lead.value) +
             " RETURNING id");
  if (run)
    sql("UPDATE outbound_call_runs SET total = total + 1, jobs_made = jobs_made + 1,"
        " first_job_id = CASE first_job_id WHEN 0 THEN " +
        std::to_string(job) + " ELSE first_job_id END, last_job_id = " + std::to_string(job) +
        " WHERE id = " + key);
  return job_id{job};
}

std::vector<job_id> database::jobs_of(run_id run) {
  std::vector<job_id> jobs;
  for (const auto& row : sql("SELECT id FROM outbound_call_jobs WHERE run_id = " +
                             std::to_string(run.value) + " ORDER BY id"))
    jobs.emplace_back(row[0].as<std::int64_t>());
  return jobs;
}

std::string database::status_of(job_id job) {
  return text("SELECT status FROM outbound_call_jobs WHERE id = " + std::to_string(job.value));
}

void database::cut_sessions(const std::string& application_name) {
  const std::string like = " FROM pg_stat_activity WHERE datname = current_database() AND"
                           " pid <> pg_backend_pid() AND application_name LIKE '" +
                           application_name + "'";
  sql("SELECT pg_terminate_backend(pid)" + like);
  while (number("SELECT count(*)" + like) != 0)
    std::this_thread::yield();
}

void database::let_in(bool anybody) {
  maintain({"ALTER DATABASE " + name_ + " ALLOW_CONNECTIONS " + (anybody ? "true" : "false")});
}

void database::wait_until_blocked(const std::string& application_name) {
  while (number("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND wait_event_type = 'Lock' AND application_name = '" +
                application_name + "'") == 0)
    std::this_thread::yield();
}

std::string phone(std::int64_t n) {
  return "+1555" + std::to_string(1'000'000 + n);
}

dial_token token(std::uint64_t n) {
  return {0x4000, 0x8000'0000'0000'0000 | (n & 0xffff'ffff'ffff)};
}

time_point at(std::int64_t seconds) {
  return db::time_from_sql("2026-03-01 12:00:00+00") + std::chrono::seconds{seconds};
}

} // namespace ringmaster::test
