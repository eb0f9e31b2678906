// Statements that go to the server together: what is answered, and what is left when one fails.
#include "db/fields.hpp"
#include "db/statement_pipeline.hpp"
#include "tests/support/database.hpp"
#include "tests/support/database_store.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;
using namespace ringmaster::test;

namespace {

struct piped_database {
  explicit piped_database(const db::session_settings& settings = {})
      : link(base.url(), settings, statements()) {
    base.sql("CREATE TABLE kept (n integer PRIMARY KEY)");
    REQUIRE(!link.open());
  }

  static std::vector<db::statement> statements() {
    auto all = db::pipeline_statements();
    all.push_back({"keep", "INSERT INTO kept VALUES ($1::integer) RETURNING n"});
    all.push_back({"read", "SELECT n, nullif(n, 2) FROM kept ORDER BY n"});
    all.push_back({"halve", "SELECT 10 / $1::integer"});
    all.push_back({"sleep", "SELECT pg_sleep(0.2)"});
    all.push_back({"end_me", "SELECT pg_terminate_backend(pg_backend_pid())"});
    return all;
  }

  template <class Work>
  std::optional<db::sql_failure> run(Work work) {
    return db::in_transaction<db::late_transaction>(link, [&](db::late_transaction& in) {
      db::statement_pipeline out{in};
      work(out);
    });
  }
  /// One transaction that keeps a number; false: it failed.
  bool keeps(const std::string& number) {
    return !run([&](db::statement_pipeline& out) {
      out.ask("keep", {number});
      out.flush();
    });
  }
  std::int64_t kept() { return base.number("SELECT count(*) FROM kept"); }

  database base;
  db::connection link;
};

} // namespace

TEST_CASE("statements of a pipeline are answered in their order, and an answer may ask on") {
  piped_database x;
  std::vector<std::string> heard;
  const auto failed = x.run([&](db::statement_pipeline& out) {
    const auto read = [&](const db::answer_rows& rows) {
      for (const auto row : rows)
        heard.push_back(std::to_string(db::number_of(row[0])) + (row[1].is_null() ? "-" : "+"));
    };
    out.ask("keep", {"1"}, [&](const db::answer_rows& rows) {
      for (const auto row : rows)
        heard.push_back("kept " + db::text_of(row[0]));
      out.ask("keep", {"2"});
      out.ask("read", {}, read);
    });
    out.ask("read", {}, read);
    out.flush();
    CHECK(heard == std::vector<std::string>{"kept 1", "1+"});
    CHECK(x.kept() == 0); // nobody else sees it yet
    out.flush();
    out.flush(); // nothing is left to send
  });
  CHECK(!failed);
  CHECK(heard == std::vector<std::string>{"kept 1", "1+", "1+", "2-"});
  CHECK(x.kept() == 2);
}

TEST_CASE("a transaction that sends nothing does not begin") {
  piped_database x;
  CHECK(!x.run([](db::statement_pipeline& out) { out.flush(); }));
  CHECK(x.keeps("1"));
  CHECK(x.kept() == 1);
}

TEST_CASE("when a statement of a pipeline fails, nothing of the transaction stays") {
  piped_database x;
  bool answered = false;
  const auto failed = x.run([&](db::statement_pipeline& out) {
    out.ask("keep", {"1"});
    out.ask("keep", {"1"});
    out.ask("read", {}, [&](const db::answer_rows&) { answered = true; });
    out.flush();
  });
  REQUIRE(failed);
  CHECK(failed->what == db::sql_trouble::violation);
  CHECK(failed->sqlstate == "23505");
  CHECK_FALSE(answered);
  CHECK(x.kept() == 0);

  // What a later flush finds wrong undoes the earlier one, too.
  const auto later = x.run([](db::statement_pipeline& out) {
    out.ask("keep", {"1"});
    out.flush();
    out.ask("halve", {"0"});
    out.flush();
  });
  REQUIRE(later);
  CHECK(later->what == db::sql_trouble::other);
  CHECK(later->sqlstate == "22012");
  CHECK(x.kept() == 0);
  CHECK(x.link.is_open());
}

TEST_CASE("whoever can't read an answer leaves the session as good as before") {
  piped_database x;
  const auto failed = x.run([](db::statement_pipeline& out) {
    out.ask("keep", {"1"}, [](const db::answer_rows&) { throw std::out_of_range{"unread"}; });
    out.ask("read", {});
    out.flush();
  });
  REQUIRE(failed);
  CHECK(failed->message == "unread");
  CHECK(x.kept() == 0);
  CHECK(x.link.is_open());
  CHECK(x.keeps("3"));
  CHECK(x.kept() == 1);
}

TEST_CASE("a session that ends within a pipeline is lost, and nothing stays") {
  piped_database x;
  const auto failed = x.run([](db::statement_pipeline& out) {
    out.ask("keep", {"1"});
    out.ask("end_me", {});
    out.ask("read", {});
    out.flush();
  });
  REQUIRE(failed);
  CHECK(failed->what == db::sql_trouble::lost);
  CHECK_FALSE(x.link.is_open());
  CHECK(x.kept() == 0);
  CHECK(x.keeps("1"));
  CHECK(x.kept() == 1);
}

TEST_CASE("a server that answers one statement of a pipeline after the other is not given up") {
  db::session_settings settings;
  settings.answer_timeout = std::chrono::milliseconds{600};
  piped_database x{settings};
  CHECK(!x.run([](db::statement_pipeline& out) {
    for (int i = 0; i < 10; ++i)
      out.ask("sleep", {});
    out.flush();
  }));
}

namespace {

// Two businesses with a job each, of which the second was taken over by another server while a call
// of it was live. The batch store has not heard of it.
struct divided_database {
  divided_database()
      : our_job(base.jobs_of(our_run)[0]), their_job(base.jobs_of(their_run)[0]), store(base) {
    REQUIRE(store.ask(claim(theirs, their_run, their_job, 1, 9)).result == claim_result::claimed);
    base.sql("UPDATE shards SET epoch = epoch + 1 WHERE shard = " +
             std::to_string(shard_of(theirs)));
  }
  business_id in_another_shard() {
    auto found = base.add_business();
    while (shard_of(found) == shard_of(ours))
      found = base.add_business();
    return found;
  }
  /// An end of their call, and a claim of ours.
  db::store_batch batch() const {
    db::store_batch all;
    add(all.finishes,
        finish({theirs, their_job, token(9)}, job_status::completed, call_outcome::answered));
    add(all.claims, claim(ours, our_run, our_job, 1, 1));
    return all;
  }
  void check_untouched() {
    CHECK(base.status_of(their_job) == "dialing");
    CHECK(base.number("SELECT sum(completed) FROM outbound_call_runs") == 0);
  }

  database base;
  business_id ours = base.add_business(), theirs = in_another_shard();
  run_id our_run = base.add_run(ours, base.add_leads(ours, 1)),
         their_run = base.add_run(theirs, base.add_leads(theirs, 1));
  job_id our_job, their_job;
  batch_store store;
};

} // namespace

TEST_CASE("of a batch whose fence holds some of it back the rest is done, and nothing else") {
  divided_database x;
  auto batch = x.batch();
  x.store.commit(batch);
  CHECK(batch.finishes[0].answer.result == write_result::fenced);
  CHECK(batch.claims[0].answer.result == claim_result::claimed);
  CHECK(batch.claims[0].answer.attempt == 1);
  CHECK(x.base.status_of(x.our_job) == "dialing");
  x.check_untouched();
  CHECK(x.base.number("SELECT count(*) FROM call_attempts") == 0);
}

TEST_CASE("what would fail among another owner's rows is fenced all the same") {
  divided_database x;
  // Its history would be written twice.
  x.base.sql("INSERT INTO call_attempts (business_id, job_id, attempt, run_id, lead_id, phone_e164,"
             " dial_lock_token, slot, started_at, ended_at) SELECT business_id, id, attempts,"
             " run_id, lead_id, phone_e164, dial_lock_token, slot, now(), now()"
             " FROM outbound_call_jobs WHERE status = 'dialing'");
  auto batch = x.batch();
  x.store.commit(batch);
  CHECK(batch.finishes[0].answer.result == write_result::fenced);
  CHECK(batch.claims[0].answer.result == claim_result::claimed);
  x.check_untouched();
}

TEST_CASE("nothing is tried for a shard that is known not to be ours") {
  divided_database x;
  x.store.epochs.epoch[static_cast<std::size_t>(shard_of(x.theirs))] = 0;
  auto batch = x.batch();
  x.store.commit(batch);
  CHECK(batch.finishes[0].answer.result == write_result::fenced);
  CHECK(batch.claims[0].answer.result == claim_result::claimed);
  x.check_untouched();
}
