// From each earlier schema to the newest, with data in it.
#include "db/migrations.hpp"
#include "tests/database/empty_database.hpp"
#include "tests/support/database_store.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;
using namespace ringmaster::test;

namespace {

// As a program of schema 001 left it: a run in its midst (two calls live, one of them unnamed), an
// ended attempt, and jobs whose ids were handed out of order.
const char* const life_sql = R"(
INSERT INTO businesses (id, name, phone_e164, default_script, created_at)
VALUES (nextval('business_ids'), 'Circus', '+12025550199', '{"say":{"text":"Hi"}}', '2026-01-01');
INSERT INTO call_slots SELECT 1, generate_series(1, 3);
INSERT INTO api_keys (business_id, role, key_sha256, created_at)
VALUES (1, 'admin', sha256('key'), '2026-01-01');
INSERT INTO leads (business_id, phone_e164, first_name, created_at)
SELECT 1, '+1202555010' || n, 'Lead ' || n, '2026-01-01' FROM generate_series(0, 5) n;
INSERT INTO outbound_call_runs (business_id, id, status, concurrency, total, jobs_made, completed,
                                failed, cancelled, first_job_id, last_job_id, created_at, started_at)
VALUES (1, nextval('run_ids'), 'running', 3, 6, 6, 1, 1, 1, 300, 400, '2026-01-01', '2026-01-01');
INSERT INTO outbound_call_jobs (business_id, id, run_id, lead_id, phone_e164, status, slot,
                                dial_lock_token, call_sid, attempts, outcome, created_at,
                                dial_started_at, in_doubt_since, ended_at)
SELECT 1, v.id, 1, l.id, l.phone_e164, v.status, v.slot, gen_random_uuid(), v.sid, v.attempts,
       v.outcome, '2026-01-01', '2026-01-01', v.doubt::timestamptz,
       CASE WHEN v.status IN ('completed', 'failed', 'cancelled') THEN '2026-01-02'::timestamptz END
FROM leads l
JOIN (VALUES (1, 300, 'completed', NULL::int, 'CA1', 1, 'answered', NULL),
             (2, 301, 'failed', NULL, 'CA2', 1, 'busy', NULL),
             (3, 302, 'cancelled', NULL, NULL, 0, NULL, NULL),
             (4, 303, 'calling', 2, 'CA4', 1, NULL, NULL),
             (5, 400, 'dialing', 3, NULL, 1, NULL, '2026-01-02'),
             (6, 201, 'queued', NULL, NULL, 0, NULL, NULL))
  AS v (lead, id, status, slot, sid, attempts, outcome, doubt) ON v.lead = l.id;
UPDATE outbound_call_jobs SET dial_lock_token = NULL WHERE status = 'queued';
INSERT INTO call_attempts (business_id, job_id, attempt, run_id, lead_id, phone_e164,
                           dial_lock_token, call_sid, slot, outcome, started_at, ended_at)
SELECT 1, id, 1, 1, lead_id, phone_e164, dial_lock_token, call_sid, 1, outcome, '2026-01-01',
       '2026-01-01' FROM outbound_call_jobs WHERE outcome IS NOT NULL;
SELECT setval('job_ids', 500);)";

// What the next schemas brought.
const char* const stray_sql = R"(
INSERT INTO stray_calls (business_id, call_sid, job_id, dial_lock_token, phone_e164, reason, found_at)
VALUES (1, 'CA9', 300, gen_random_uuid(), '+12025550100', 'why', '2026-01-01');
UPDATE businesses SET former_phones = '{+12025550198}';)";
const char* const audit_sql = "INSERT INTO audit_log (at, who, what) VALUES (now(), 'key 1', 'x')";

struct old_database : empty_database {
  /// With so many of the migrations.
  explicit old_database(std::size_t steps) {
    sql("CREATE TABLE schema_migrations (name text PRIMARY KEY, sha256 text NOT NULL,"
        " applied_at timestamptz NOT NULL DEFAULT now())");
    for (std::size_t i = 0; i < steps; ++i) {
      const auto& step = db::migrations().at(i);
      sql(step.sql);
      pqxx::connection session{url};
      pqxx::work in{session};
      in.exec_params("INSERT INTO schema_migrations (name, sha256)"
                     " VALUES ($1, encode(sha256(convert_to($2, 'UTF8')), 'hex'))",
                     step.name, step.sql);
      in.commit();
    }
  }
};

} // namespace

TEST_CASE("a database of each earlier schema is brought up to date with its data") {
  const auto newest = db::migrations().size();
  REQUIRE(newest >= 4);
  for (std::size_t steps = 1; steps < newest; ++steps) {
    CAPTURE(db::migrations()[steps - 1].name);
    old_database base(steps);
    base.sql(life_sql);
    if (steps >= 2) base.sql(stray_sql);
    if (steps >= 4) base.sql(audit_sql);
    // Before 008 an end without its time was not refused.
    if (steps < 8) base.sql("UPDATE outbound_call_jobs SET ended_at = NULL WHERE id = 302");
    const auto jobs =
        "SELECT md5(string_agg(row(business_id, id, run_id, lead_id, phone_e164, status,"
        " slot, dial_lock_token, call_sid, attempts, outcome, created_at,"
        " dial_started_at, in_doubt_since)::text, '|' ORDER BY id))"
        " FROM outbound_call_jobs";
    const auto before = base.sql(jobs);

    REQUIRE(*db::migrate(base.url, {true}) == static_cast<int>(newest - steps));
    CHECK(db::schema_is_current(base.url, {true}));
    CHECK(base.sql(jobs) == before);
    CHECK(base.sql("SELECT count(ended_at) FROM outbound_call_jobs") == "3");
    CHECK(base.sql("SELECT count(*) FROM call_attempts") == "2");
    CHECK(base.sql("SELECT count(*) FROM api_keys WHERE key_sha256 = sha256('key')") == "1");
    if (steps >= 2) CHECK(base.sql("SELECT former_phones FROM businesses") == "{+12025550198}");
    if (steps >= 4) CHECK(base.sql("SELECT count(*) FROM audit_log WHERE who = 'key 1'") == "1");
    // 003: the queued job had an id before the run's first.
    if (steps < 3) CHECK(base.sql("SELECT first_job_id FROM outbound_call_runs") == "201");

    // And the store works with it: the truth as it was, and the ledger still full where it was.
    base.sql("UPDATE shards SET epoch = 1");
    db::shard_epochs epochs;
    for (auto& each : epochs.epoch)
      each = 1;
    db::session_settings settings;
    settings.plans_by_key = true;
    db::connection store{base.url, settings, db::store_statements()};
    db::store_batch batch;
    add(batch.businesses, load_business{business_id{1}});
    add(batch.claims, claim(business_id{1}, run_id{1}, job_id{201}, 1, 7));
    const auto outcome = db::run_batch(store, epochs, batch);
    REQUIRE_FALSE(outcome.failed);
    const auto& truth = batch.businesses.front().answer;
    CHECK(truth.strays.size() == (steps >= 2 ? 1 : 0));
    CHECK(batch.claims.front().answer.result == claim_result::claimed);
    CHECK(base.sql("SELECT count(*) FROM outbound_call_jobs WHERE slot IS NOT NULL") == "3");
  }
}
