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
  piped_database() : link(base.url(), {}, statements()) {
    base.sql("CREATE TABLE kept (n integer PRIMARY KEY)");
    REQUIRE(!link.open());
  }

  static std::vector<db::statement> statements() {
    auto all = db::pipeline_statements();
    all.push_back({"keep", "INSERT INTO kept VALUES ($1::integer) RETURNING n"});
    all.push_back({"read", "SELECT n, nullif(n, 2) FROM kept ORDER BY n"});
    all.push_back({"halve", "SELECT 10 / $1::integer"});
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
  CHECK(!x.run([](db::statement_pipeline& out) {
    out.ask("keep", {"1"});
    out.flush();
  }));
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
  CHECK(!x.run([](db::statement_pipeline& out) {
    out.ask("keep", {"3"});
    out.flush();
  }));
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
  CHECK(!x.run([](db::statement_pipeline& out) {
    out.ask("keep", {"1"});
    out.flush();
  }));
  CHECK(x.kept() == 1);
}

TEST_CASE("of a batch whose fence holds some of it back the rest is done, and nothing else") {
  database base;
  const auto ours = base.add_business();
  auto theirs = base.add_business();
  while (shard_of(theirs) == shard_of(ours))
    theirs = base.add_business();
  const auto run = base.add_run(ours, base.add_leads(ours, 2));
  const auto their_run = base.add_run(theirs, base.add_leads(theirs, 1));
  const auto job = base.jobs_of(run)[0], their_job = base.jobs_of(their_run)[0];
  batch_store store{base};
  base.sql("UPDATE shards SET epoch = epoch + 1 WHERE shard = " + std::to_string(shard_of(theirs)));

  db::store_batch batch;
  add(batch.claims, claim(ours, run, job, 1, 1));
  add(batch.claims, claim(theirs, their_run, their_job, 1, 2));
  store.commit(batch);
  CHECK(batch.claims[0].answer.result == claim_result::claimed);
  CHECK(batch.claims[0].answer.attempt == 1);
  CHECK(batch.claims[1].answer.result == claim_result::fenced);
  CHECK(base.status_of(job) == "dialing");
  CHECK(base.status_of(their_job) == "queued");
}
