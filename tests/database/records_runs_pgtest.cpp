#include "actors/services.hpp"
#include "db/store_batch.hpp"
#include "tests/support/database_records.hpp"

using namespace ringmaster;
using namespace ringmaster::test;

TEST_CASE("a run of a list says whom it skips and why") {
  recorded_world x;
  const auto b = x.make_business("+18001").id, other = x.make_business("+18002").id;
  const auto ids =
      x.api
          .import_leads(
              b, {row(1, "+15551", "a"), row(2, "+15551", "b"), row(3, "+15553"), row(4, "+15554")},
              at(0))
          ->lead_ids;
  lead_change bar;
  bar.status = "do_not_call";
  x.api.change_lead(b, ids[2], bar, at(0));
  const auto made = x.make_run(b, {ids[3], ids[2], ids[1], ids[0]});
  CHECK(made.status == run_status::pending);
  CHECK(made.total == 2);
  CHECK(made.skipped_count == 2);
  REQUIRE(made.skipped.size() == 2);
  CHECK(made.skipped[0].lead == ids[2]);
  CHECK(made.skipped[0].reason == "do_not_call");
  CHECK(made.skipped[1].lead == ids[0]);
  CHECK(made.skipped[1].reason == "duplicate_number");
  const auto jobs = x.api.jobs(b, made.run, std::nullopt, 9, "");
  REQUIRE(jobs->items.size() == 2);
  CHECK(jobs->items[0].lead == ids[3]);
  CHECK(jobs->items[1].lead == ids[1]);
  CHECK(x.api.run(b, made.run)->counts.queued == 2);
  CHECK(x.api.run(b, made.run)->skipped_count == 2);

  const auto doubled = x.make_run(b, {ids[3], ids[3]});
  REQUIRE(doubled.skipped.size() == 1);
  CHECK(doubled.skipped[0].lead == ids[3]);
  CHECK(doubled.skipped[0].reason == "duplicate_lead"); // it is called: only its repetition is not

  new_run wanted;
  wanted.selection.leads = {ids[0], lead_id{999'999}};
  auto refused = x.api.create_run(b, wanted, at(0));
  CHECK(refused.error().code == "lead_not_found");
  CHECK(refused.error().field == "lead_ids[1]");
  wanted.selection.leads = {ids[0]};
  CHECK(x.api.create_run(other, wanted, at(0)).error().code == "lead_not_found");
  wanted.selection.leads = {ids[2]};
  CHECK(x.api.create_run(b, wanted, at(0)).error().code == "empty_run");
  wanted.selection.leads = {};
  CHECK(x.api.create_run(b, wanted, at(0)).error().code == "empty_run");
  business_change suspend;
  suspend.suspended = true;
  x.api.change_business(b, suspend);
  wanted.selection.leads = {ids[0]};
  CHECK(x.api.create_run(b, wanted, at(0)).error().code == "business_suspended");
  CHECK(x.base.number("SELECT count(*) FROM outbound_call_runs") == 2);
}

TEST_CASE("a run of a filter counts exactly what its jobs will be") {
  recorded_world x;
  const auto b = x.make_business("+18001").id;
  std::vector<lead_row> rows;
  for (std::int64_t i = 0; i < 30; ++i)
    rows.push_back(row(i, phone(i % 20), "x" + std::to_string(i), i % 2 == 0 ? "Even" : "Odd"));
  const auto ids = x.api.import_leads(b, rows, at(0))->lead_ids;
  lead_change bar;
  bar.status = "do_not_call";
  x.api.change_lead(b, ids[0], bar, at(0));
  new_run wanted;
  wanted.selection.filter = lead_filter{};
  auto made = x.api.create_run(b, wanted, at(0));
  REQUIRE(made);
  CHECK(made->total == 20); // the barred lead's number has another lead
  CHECK(made->skipped_count == 10);
  CHECK(made->skipped.size() == 10);
  CHECK(made->skipped[0].reason == "do_not_call");
  CHECK(made->skipped[1].reason == "duplicate_number");
  CHECK(x.base.jobs_of(made->run).size() == 20);
  CHECK(x.base.text("SELECT selection_open FROM outbound_call_runs") == "f");
  wanted.selection.filter = lead_filter{"even", ""};
  made = x.api.create_run(b, wanted, at(0));
  CHECK(made->total == 10);
  CHECK(x.base.jobs_of(made->run).size() == 10);
  wanted.selection.filter = lead_filter{"nobody", ""};
  CHECK(x.api.create_run(b, wanted, at(0)).error().code == "empty_run");
}

TEST_CASE("a large list is kept as a selection, its jobs follow") {
  recorded_world x;
  const auto b = x.make_business("+18001").id;
  const auto made = x.make_run(b, x.base.add_leads(b, 2'500));
  CHECK(made.total == 2'500);
  CHECK(x.base.jobs_of(made.run).empty());
  CHECK(x.base.text("SELECT selection_open FROM outbound_call_runs") == "t");
  CHECK(x.api.run(b, made.run)->counts.queued == 2'500);
}

TEST_CASE("runs and jobs are listed in pages, by business") {
  recorded_world x;
  const auto b = x.make_business("+18001").id, other = x.make_business("+18002").id;
  const auto leads = x.base.add_leads(b, 5);
  const auto first = x.make_run(b, leads).run;
  const auto second = x.make_run(b, leads).run;
  auto runs = x.api.runs(b, 1, "");
  REQUIRE(runs->items.size() == 1);
  CHECK(runs->items[0].id == second);
  runs = x.api.runs(b, 1, runs->next_cursor);
  CHECK(runs->items[0].id == first);
  CHECK(runs->next_cursor.empty());
  CHECK(x.api.runs(other, 9, "")->items.empty());
  CHECK(x.api.run(other, first).error().kind == failure_kind::not_found);
  CHECK(x.api.jobs(other, first, std::nullopt, 9, "").error().kind == failure_kind::not_found);
  auto jobs = x.api.jobs(b, first, std::nullopt, 3, "");
  CHECK(jobs->items.size() == 3);
  jobs = x.api.jobs(b, first, std::nullopt, 3, jobs->next_cursor);
  CHECK(jobs->items.size() == 2);
  CHECK(jobs->next_cursor.empty());
  CHECK(x.api.jobs(b, first, job_status::failed, 9, "")->items.empty());
  jobs = x.api.jobs(b, first, job_status::queued, 9, "", 4);
  REQUIRE(jobs->items.size() == 1);
  CHECK(jobs->items[0].lead == leads[4]);
  CHECK(x.api.jobs(b, first, std::nullopt, 9, "", 5)->items.empty());
  CHECK(x.api.outcomes(b, first)->empty());
  CHECK(x.api.outcomes(other, first).error().kind == failure_kind::not_found);
  CHECK(x.api.jobs(b, first, job_status::queued, 9, "")->items.size() == 5);
  CHECK(x.api.jobs(b, first, std::nullopt, 9, "c1.2.3").error().code == "bad_cursor");
}

TEST_CASE("a run of many leads is accepted although the planner knows nothing of them yet") {
  recorded_world x;
  const auto b = x.make_business("+18001").id;
  // Without an index for each it takes half a minute, and a statement may take ten seconds.
  const auto leads = x.base.add_leads(b, 20'000);
  CHECK(x.make_run(b, leads).total == 20'000);
}

TEST_CASE("a failed job is called once more on a person's word") {
  recorded_world x;
  batch_store store{x.base};
  const auto b = x.make_business("+18001").id;
  const auto leads = x.base.add_leads(b, 1);
  const auto run = x.base.add_run(b, leads);
  const auto job = x.base.jobs_of(run)[0];
  CHECK(x.api.requeue_job(b, job, at(0)).error().code == "job_not_failed");
  store.ask(claim(b, run, job, 1, 1));
  store.ask(finish({b, job, token(1)}, job_status::failed, call_outcome::no_answer));
  REQUIRE(store.ask(control_run{b, run, run_verb::complete, at(1), ""}).result ==
          write_result::applied);
  const auto again = x.api.requeue_job(b, job, at(2));
  REQUIRE(again);
  CHECK(again->status == job_status::queued);
  CHECK_FALSE(again->outcome);
  const auto reopened = x.api.run(b, run);
  CHECK(reopened->status == run_status::running);
  CHECK_FALSE(reopened->ended_at);
  CHECK(reopened->counts.failed == 0);
  CHECK(reopened->counts.queued == 1);
  CHECK(store.ask(claim(b, run, job, 1, 2)).attempt == 2);
  store.ask(finish({b, job, token(2)}, job_status::failed, call_outcome::no_answer));
  SECTION("not while a stopped run is being cleared away") {
    x.base.sql("UPDATE outbound_call_runs SET status = 'cancelled', open = true");
    CHECK(x.api.requeue_job(b, job, at(3)).error().code == "run_ending");
  }
  SECTION("not when the lead was barred") {
    x.base.sql("UPDATE leads SET status = 'do_not_call'");
    CHECK(x.api.requeue_job(b, job, at(3)).error().code == "lead_unavailable");
  }
  CHECK(x.api.requeue_job(x.make_business("+18002").id, job, at(3)).error().kind ==
        failure_kind::not_found);
}

TEST_CASE("the history holds live and ended attempts, newest first") {
  recorded_world x;
  batch_store store{x.base};
  const auto b = x.make_business("+18001").id;
  const auto run = x.base.add_run(b, x.base.add_leads(b, 4));
  const auto jobs = x.base.jobs_of(run);
  for (std::uint64_t i = 0; i < 3; ++i)
    store.ask(claim(b, run, jobs[i], 1 + static_cast<int>(i), 1 + i, static_cast<std::int64_t>(i)));
  store.ask(finish({b, jobs[1], token(2)}, job_status::failed, call_outcome::busy));
  store.ask(requeue_call{{b, jobs[0], token(1)}, at(9), at(9), true, "no_answer"});
  store.ask(claim(b, run, jobs[0], 1, 9, 10));
  auto page = x.api.calls(b, {}, 3, "");
  REQUIRE(page->items.size() == 3);
  CHECK(page->items[0].job == jobs[0]);
  CHECK(page->items[0].attempt == 2);
  CHECK(page->items[0].status == "dialing");
  CHECK(page->items[1].job == jobs[2]);
  CHECK(page->items[2].job == jobs[1]);
  CHECK(page->items[2].status == "ended");
  CHECK(page->items[2].outcome == call_outcome::busy);
  page = x.api.calls(b, {}, 3, page->next_cursor);
  REQUIRE(page->items.size() == 1);
  CHECK(page->items[0].attempt == 1);
  CHECK(page->next_cursor.empty());
  const auto count = [&](const call_filter& filter) {
    return x.api.calls(b, filter, 9, "")->items.size();
  };
  call_filter filter;
  filter.outcome = call_outcome::busy;
  CHECK(count(filter) == 1);
  filter = {};
  filter.from = at(1);
  filter.to = at(3);
  CHECK(count(filter) == 2);
  filter = {};
  filter.run = run;
  CHECK(count(filter) == 4);
  filter.run = run_id{999};
  CHECK(x.api.calls(b, filter, 9, "").error().kind == failure_kind::not_found);
  CHECK(x.api.calls(b, {}, 9, "c1.2.99999999999").error().code == "bad_cursor");
}

TEST_CASE("a server that has lost a business to another begins and changes nothing of it") {
  recorded_world x;
  const auto b = x.make_business("+18001").id;
  const auto leads = x.api.import_leads(b, {row(1, "+15551", "a")}, at(0))->lead_ids;
  auto epochs = std::make_shared<db::shard_epochs>();
  const auto ours = db::make_records_factory(x.base.url(), epochs)();
  new_run wanted;
  wanted.selection.leads = leads;
  CHECK(ours->create_run(b, wanted, at(0)).error().code == "not_owner"); // never owned

  const auto shard = std::to_string(shard_of(b));
  x.base.sql("UPDATE shards SET epoch = 7 WHERE shard = " + shard);
  epochs->epoch[static_cast<std::size_t>(shard_of(b))] = 7;
  REQUIRE(ours->create_run(b, wanted, at(0)));
  const auto job = x.base.number("SELECT id FROM outbound_call_jobs");
  x.base.sql("UPDATE outbound_call_jobs SET status = 'failed', ended_at = now()");

  x.base.sql("UPDATE shards SET epoch = epoch + 1 WHERE shard = " + shard);
  const auto refused = ours->create_run(b, wanted, at(0));
  CHECK(refused.error().kind == failure_kind::unavailable);
  CHECK(refused.error().code == "not_owner");
  CHECK(x.base.number("SELECT count(*) FROM outbound_call_runs") == 1);
  business_change fewer;
  fewer.max_outbound_calls = 1;
  CHECK(ours->change_business(b, fewer).error().code == "not_owner");
  CHECK(x.slots() == 3);
  CHECK(ours->requeue_job(b, job_id{job}, at(0)).error().code == "not_owner");
  REQUIRE(ours->business(b)); // reading is nobody's harm
}
