#include "db/bulk_statements.hpp"
#include "tests/support/database_store.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;
using namespace ringmaster::test;

namespace {

struct business_with_run {
  explicit business_with_run(int leads = 3)
      : business(base.add_business()), leads(base.add_leads(business, leads)),
        run(base.add_run(business, this->leads)), jobs(base.jobs_of(run)), store(base),
        bulk(base.url(), {}, db::bulk_statements()) {}

  control_answer order(run_verb verb, const std::string& reason = "") {
    return store.ask(control_run{business, run, verb, at(0), reason});
  }
  void set(const std::string& what) { base.sql("UPDATE outbound_call_runs SET " + what); }
  std::string field(const std::string& name) {
    return base.text("SELECT " + name + " FROM outbound_call_runs");
  }
  page_answer materialise(std::int32_t limit) {
    page_answer answer;
    const auto failed = db::in_transaction(bulk, [&](pqxx::work& in) {
      answer = db::run_materialise_page(in, {business, run, limit, at(0)});
      return answer.result == write_result::applied;
    });
    REQUIRE(!failed);
    return answer;
  }
  page_answer cancel(std::int32_t limit) {
    page_answer answer;
    const auto failed = db::in_transaction(bulk, [&](pqxx::work& in) {
      answer = db::run_cancel_page(in, {business, run, limit, at(0)});
      return answer.result == write_result::applied;
    });
    REQUIRE(!failed);
    return answer;
  }
  // A run of the whole selection with no job yet.
  void select(const std::string& selection, int total) {
    base.sql("DELETE FROM outbound_call_jobs");
    set(selection +
        ", selection_open = true, jobs_made = 0, first_job_id = 0, last_job_id = 0,"
        " total = " +
        std::to_string(total));
  }

  database base;
  business_id business;
  std::vector<lead_id> leads;
  run_id run;
  std::vector<job_id> jobs;
  batch_store store;
  db::connection bulk;
};

bool adds_up(const run_counts& n) {
  return n.queued >= 0 &&
         n.total == n.queued + n.dialing + n.calling + n.completed + n.failed + n.cancelled;
}

} // namespace

TEST_CASE("a run starts, pauses and goes on") {
  business_with_run x;
  x.set("status = 'pending'");
  CHECK(x.order(run_verb::pause).result == write_result::stale);
  CHECK(x.order(run_verb::resume).result == write_result::stale);
  auto answer = x.order(run_verb::start);
  CHECK(answer.result == write_result::applied);
  CHECK(answer.status == run_status::running);
  CHECK(answer.counts.queued == 3);
  CHECK(x.field("started_at") == "2026-03-01 12:00:00+00");
  answer = x.order(run_verb::start);
  CHECK(answer.result == write_result::stale);
  CHECK(answer.status == run_status::running);
  CHECK(x.order(run_verb::pause).status == run_status::paused);
  CHECK(x.order(run_verb::complete).result == write_result::stale);
  CHECK(x.order(run_verb::resume).status == run_status::running);
}

TEST_CASE("an order about an unknown run, or another business's, changes nothing") {
  business_with_run x;
  const auto stranger = x.base.add_business();
  CHECK(x.store.ask(control_run{stranger, x.run, run_verb::stop, at(0), ""}).result ==
        write_result::stale);
  CHECK(x.store.ask(control_run{x.business, run_id{999}, run_verb::stop, at(0), ""}).result ==
        write_result::stale);
  CHECK(x.field("status") == "running");
}

TEST_CASE("a stop cancels what is queued, leaves what is live, and claims nothing after it") {
  business_with_run x;
  x.store.ask(claim(x.business, x.run, x.jobs[0], 1, 1));
  const auto answer = x.order(run_verb::stop);
  CHECK(answer.result == write_result::applied);
  CHECK(answer.status == run_status::cancelled);
  CHECK(answer.counts.cancelled == 2);
  CHECK(answer.counts.dialing == 1);
  CHECK(adds_up(answer.counts));
  CHECK(x.base.status_of(x.jobs[0]) == "dialing");
  CHECK(x.base.status_of(x.jobs[1]) == "cancelled");
  CHECK(x.order(run_verb::stop).result == write_result::stale);
  CHECK(x.order(run_verb::close).result == write_result::stale);
  x.store.ask(
      finish({x.business, x.jobs[0], token(1)}, job_status::completed, call_outcome::answered));
  CHECK(x.order(run_verb::close).result == write_result::applied);
  CHECK(x.field("open") == "f");
  CHECK(x.order(run_verb::close).result == write_result::applied);
  CHECK(x.store.ask(load_run{x.business, x.run}).result == write_result::stale);
}

TEST_CASE("a run that has not started yet can be stopped, and never starts") {
  business_with_run x;
  x.set("status = 'pending'");
  const auto answer = x.order(run_verb::stop);
  CHECK(answer.result == write_result::applied);
  CHECK(answer.status == run_status::cancelled);
  CHECK(answer.counts.cancelled == 3);
  CHECK(x.order(run_verb::start).result == write_result::stale);
  CHECK(x.store.ask(claim(x.business, x.run, x.jobs[0], 1, 1)).result != claim_result::claimed);
}

TEST_CASE("leads that never got a job count as cancelled when their run is stopped") {
  business_with_run x;
  x.select("selected_leads = ARRAY(SELECT id FROM leads ORDER BY id)", 3);
  REQUIRE(x.materialise(1).changed == 1);
  const auto answer = x.order(run_verb::stop);
  CHECK(answer.counts.total == 3);
  CHECK(answer.counts.cancelled == 3);
  CHECK(adds_up(answer.counts));
  CHECK(x.materialise(1).result == write_result::stale);
  CHECK(x.order(run_verb::close).result == write_result::applied);
}

TEST_CASE("a run fails with its reason") {
  business_with_run x;
  const auto answer = x.order(run_verb::fail, "no public host is set");
  CHECK(answer.result == write_result::applied);
  CHECK(answer.status == run_status::failed);
  CHECK(x.field("error") == "no public host is set");
  CHECK(answer.counts.cancelled == 3);
}

TEST_CASE("a run completes only when nothing of it is left") {
  business_with_run x{1};
  CHECK(x.order(run_verb::complete).result == write_result::stale);
  x.store.ask(claim(x.business, x.run, x.jobs[0], 1, 1));
  CHECK(x.order(run_verb::complete).result == write_result::stale);
  x.store.ask(finish({x.business, x.jobs[0], token(1)}, job_status::failed, call_outcome::busy));
  x.set("selection_open = true");
  CHECK(x.order(run_verb::complete).result == write_result::stale);
  x.set("selection_open = false");
  const auto answer = x.order(run_verb::complete);
  CHECK(answer.result == write_result::applied);
  CHECK(answer.status == run_status::completed);
  CHECK(answer.counts.failed == 1);
  CHECK(x.field("open") == "f");
}

TEST_CASE("the queue is read in pages of what is due") {
  business_with_run x{5};
  x.base.sql(
      "UPDATE outbound_call_jobs SET next_attempt_at = '2026-03-01 12:00:30+00' WHERE id = " +
      std::to_string(x.jobs[1].value));
  const auto page = [&](job_id after, int limit, std::int64_t now) {
    return x.store.ask(next_jobs{x.business, x.run, after, limit, at(now)});
  };
  auto found = page(job_id{}, 3, 0);
  CHECK(found.ok);
  CHECK(found.jobs == std::vector<job_id>{x.jobs[0], x.jobs[2], x.jobs[3]});
  CHECK_FALSE(found.end);
  REQUIRE(found.next_due_at);
  CHECK(*found.next_due_at == at(30));
  found = page(x.jobs[3], 3, 0);
  CHECK(found.jobs == std::vector<job_id>{x.jobs[4]});
  CHECK(found.end);
  found = page(job_id{}, 5, 30);
  CHECK(found.jobs.size() == 5);
  CHECK(found.end);
  CHECK_FALSE(found.next_due_at);
  const auto direct = x.base.add_job(x.business, run_id{}, x.leads[0]);
  CHECK(x.store.ask(next_jobs{x.business, run_id{}, job_id{}, 5, at(0)}).jobs ==
        std::vector<job_id>{direct});
}

TEST_CASE("the truth of a business tells all that its supervisor needs") {
  business_with_run x;
  x.store.ask(claim(x.business, x.run, x.jobs[0], 3, 1));
  x.base.sql("UPDATE businesses SET default_script = '{\"say\":{\"text\":\"Hi\"}}',"
             " max_outbound_calls = 2, ring_timeout_s = 25, redial_in_doubt = false");
  x.base.add_job(x.business, run_id{}, x.leads[1]);
  x.store.ask(mark_in_doubt{{x.business, x.jobs[0], token(1)}, at(4), "timeout"});
  const auto truth = x.store.ask(load_business{x.business});
  CHECK(truth.result == write_result::applied);
  CHECK(truth.settings.max_outbound_calls == 2);
  CHECK(truth.settings.ring_timeout_s == 25);
  CHECK_FALSE(truth.settings.redial_in_doubt);
  CHECK(truth.settings.default_script.find("Hi") != std::string::npos);
  CHECK(truth.slots.size() == 3);
  REQUIRE(truth.live.size() == 1);
  CHECK(truth.live[0].job == x.jobs[0]);
  CHECK(truth.live[0].slot == slot_number{3});
  CHECK(truth.live[0].token == token(1));
  CHECK(truth.live[0].since == at(0));
  REQUIRE(truth.live[0].in_doubt_since);
  CHECK(*truth.live[0].in_doubt_since == at(4));
  REQUIRE(truth.runs.size() == 1);
  CHECK(truth.runs[0].status == run_status::running);
  CHECK(truth.runs[0].first_job == x.jobs[0]);
  CHECK(truth.direct_waiting);
  CHECK(x.store.ask(load_business{business_id{999}}).result == write_result::stale);
  CHECK(x.store.ask(find_work{}).businesses == std::vector<business_id>{x.business});

  // A slot above the limit closes when its call has ended, not before.
  CHECK(x.store.ask(close_slots{x.business}) == write_result::applied);
  CHECK(x.store.ask(load_business{x.business}).slots.size() == 3);
  x.store.ask(finish({x.business, x.jobs[0], token(1)}, job_status::failed, call_outcome::busy));
  x.store.ask(close_slots{x.business});
  CHECK(x.store.ask(load_business{x.business}).slots.size() == 2);
}

TEST_CASE("a list becomes jobs in its order, page by page, without those that vanished") {
  business_with_run x{5};
  x.select("selected_leads = ARRAY(SELECT id FROM leads ORDER BY id DESC)", 5);
  auto page = x.materialise(2);
  CHECK(page.result == write_result::applied);
  CHECK(page.changed == 2);
  CHECK(page.more);
  CHECK(x.field("total - jobs_made") == "3");
  x.base.sql("UPDATE leads SET deleted_at = now() WHERE id = " + std::to_string(x.leads[1].value));
  page = x.materialise(2);
  CHECK(page.changed == 1);
  CHECK(page.more);
  page = x.materialise(2);
  CHECK(page.changed == 1);
  CHECK_FALSE(page.more);
  CHECK(x.field("selection_open") == "f");
  CHECK(x.field("total") == "4");
  const auto made = x.base.sql("SELECT lead_id, id FROM outbound_call_jobs ORDER BY id");
  REQUIRE(made.size() == 4);
  CHECK(lead_id{made[0][0].as<std::int64_t>()} == x.leads[4]);
  CHECK(lead_id{made[3][0].as<std::int64_t>()} == x.leads[0]);
  CHECK(x.field("first_job_id") == made[0][1].as<std::string>());
  CHECK(x.field("last_job_id") == made[3][1].as<std::string>());
  page = x.materialise(2);
  CHECK(page.result == write_result::applied);
  CHECK(page.changed == 0);
  CHECK_FALSE(page.more);
}

TEST_CASE("a filter becomes jobs, each number once") {
  business_with_run x{6};
  x.base.sql("UPDATE leads SET first_name = 'Bob' WHERE id <> " + std::to_string(x.leads[0].value));
  x.base.sql("UPDATE leads SET phone_e164 = '+15557' WHERE id IN (" +
             std::to_string(x.leads[0].value) + "," + std::to_string(x.leads[1].value) + "," +
             std::to_string(x.leads[4].value) + ")");
  x.base.sql("UPDATE leads SET status = 'do_not_call' WHERE id = " +
             std::to_string(x.leads[2].value));
  x.select("selection_filter = '{\"search\":\"bob\"}', selection_last_lead = " +
               std::to_string(x.leads[4].value),
           2);
  int pages = 1;
  while (x.materialise(2).more)
    ++pages;
  CHECK(pages == 3);
  // Not the first (Ann), barred (2), twice the same number (4), or past the end (5).
  const auto made = x.base.sql("SELECT lead_id FROM outbound_call_jobs ORDER BY id");
  REQUIRE(made.size() == 2);
  CHECK(lead_id{made[0][0].as<std::int64_t>()} == x.leads[1]);
  CHECK(lead_id{made[1][0].as<std::int64_t>()} == x.leads[3]);
  CHECK(x.field("total") == "2");
}

TEST_CASE("an ended run's queue is cancelled in pages") {
  business_with_run x{5};
  CHECK(x.cancel(2).result == write_result::stale);
  x.set("status = 'cancelled'");
  auto page = x.cancel(3);
  CHECK(page.changed == 3);
  CHECK(page.more);
  page = x.cancel(3);
  CHECK(page.changed == 2);
  CHECK_FALSE(page.more);
  CHECK(x.field("cancelled") == "5");
  CHECK(x.base.number("SELECT count(*) FROM outbound_call_jobs WHERE status = 'cancelled'") == 5);
}

TEST_CASE("job ids grow over all sessions, as the readers of a run's list rely on") {
  database base;
  pqxx::connection one{base.url()}, other{base.url()};
  const auto next = [](pqxx::connection& session) {
    return pqxx::nontransaction{session}.exec("SELECT nextval('job_ids')")[0][0].as<std::int64_t>();
  };
  const auto first = next(one), second = next(other), third = next(one);
  CHECK(first < second);
  CHECK(second < third);
}
