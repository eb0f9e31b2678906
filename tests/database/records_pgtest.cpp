#include "db/records_pg.hpp"
#include "tests/support/database_store.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;
using namespace ringmaster::test;

namespace {

struct recorded_world {
  recorded_world() : owned(db::make_records_factory(base.url())()), api(*owned) {}

  business_record make_business(const std::string& number, int slots = 3) {
    business_record wanted;
    wanted.name = "Acme";
    wanted.phone = phone_number{number};
    wanted.max_outbound_calls = slots;
    wanted.time_zone = "UTC";
    wanted.region = "US";
    const auto made = api.create_business(wanted, std::string(31, '\x01') + number.back(), at(0));
    REQUIRE(made);
    return *made;
  }
  created_run make_run(business_id business, std::vector<lead_id> leads) {
    new_run wanted;
    wanted.selection.leads = std::move(leads);
    const auto made = api.create_run(business, wanted, at(0));
    REQUIRE(made);
    return *made;
  }
  std::int64_t slots() { return base.number("SELECT count(*) FROM call_slots"); }

  database base;
  std::unique_ptr<records> owned;
  records& api;
};

lead_row row(std::int64_t number, const std::string& phone, const std::string& external = "",
             const std::string& name = "") {
  lead_row x;
  x.row = number;
  x.phone = phone_number{phone};
  if (!external.empty()) x.external_id = external;
  if (!name.empty()) x.first_name = name;
  return x;
}

} // namespace

TEST_CASE("a business is made with its slots and its key") {
  recorded_world x;
  const auto made = x.make_business("+18001", 4);
  CHECK(x.slots() == 4);
  const auto key = x.api.find_key(std::string(31, '\x01') + "1");
  REQUIRE(key);
  CHECK(key->business == made.id);
  CHECK(key->role == key_role::operate);
  CHECK(x.api.business(made.id)->name == "Acme");
  CHECK(x.api.business(business_id{999}).error().kind == failure_kind::not_found);

  business_record again = made;
  const auto refused = x.api.create_business(again, std::string(32, 'z'), at(0));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == failure_kind::conflict);
  CHECK(refused.error().code == "phone_taken");
}

TEST_CASE("unknown, revoked and expired keys open nothing") {
  recorded_world x;
  const auto key = std::string(31, '\x01') + "1";
  CHECK(x.api.find_key(key).error().kind == failure_kind::not_found);
  x.make_business("+18001");
  CHECK(x.api.find_key(key));
  x.base.sql("UPDATE api_keys SET expires_at = now() - interval '1 second'");
  CHECK(x.api.find_key(key).error().kind == failure_kind::unauthorized);
  x.base.sql("UPDATE api_keys SET expires_at = NULL, revoked_at = now()");
  CHECK(x.api.find_key(key).error().kind == failure_kind::not_found);
}

TEST_CASE("what is set in a change is changed, and slots follow the limit") {
  recorded_world x;
  const auto made = x.make_business("+18001", 3);
  x.make_business("+18002");
  x.base.sql("DELETE FROM call_slots WHERE business_id <> " + std::to_string(made.id.value));
  business_change change;
  change.max_outbound_calls = 5;
  change.default_script = R"({"say": {"text": "Hi"}})";
  CHECK(x.api.change_business(made.id, change)->max_outbound_calls == 5);
  CHECK(x.slots() == 5);
  CHECK(x.api.business(made.id)->name == "Acme");

  // A slot that holds a call stays until the call has ended.
  batch_store store{x.base};
  const auto run = x.base.add_run(made.id, x.base.add_leads(made.id, 1));
  store.ask(claim(made.id, run, x.base.jobs_of(run)[0], 5, 1));
  change = {};
  change.max_outbound_calls = 1;
  change.default_script = "";
  REQUIRE(x.api.change_business(made.id, change));
  CHECK(x.base.text("SELECT string_agg(slot::text, ',' ORDER BY slot) FROM call_slots") == "1,5");
  CHECK(x.api.business(made.id)->default_script.empty());

  change = {};
  change.phone = phone_number{"+18002"};
  CHECK(x.api.change_business(made.id, change).error().code == "phone_taken");
  change = {};
  change.suspended = true;
  CHECK(x.api.change_business(made.id, change)->suspended);
}

TEST_CASE("businesses are listed in pages, and a strange cursor is refused") {
  recorded_world x;
  for (const auto* number : {"+18001", "+18002", "+18003"})
    x.make_business(number);
  auto page = x.api.businesses("", 2, "");
  CHECK(page->items.size() == 2);
  page = x.api.businesses("", 2, page->next_cursor);
  CHECK(page->items.size() == 1);
  CHECK(page->next_cursor.empty());
  CHECK(x.api.businesses("18002", 9, "")->items.size() == 1);
  CHECK(x.api.businesses("100%", 9, "")->items.empty());
  for (const auto* bad : {"x", "b", "b1x", "l1", "b1.2", "b99999999999999999999"})
    CHECK(x.api.businesses("", 9, bad).error().code == "bad_cursor");
}

TEST_CASE("an import inserts, updates and skips, each row by its own right") {
  recorded_world x;
  const auto b = x.make_business("+18001").id;
  auto done = x.api.import_leads(b,
                                 {row(1, "+15551", "a", "Ann"), row(2, "+15552"),
                                  row(3, "+15551", "b"), row(4, "+15552"), row(5, "+15553", "a")},
                                 at(0));
  REQUIRE(done);
  CHECK(done->imported == 3); // two people share a number, told apart by external_id
  CHECK(done->updated == 0);
  CHECK(done->skipped == 2);
  REQUIRE(done->errors.size() == 2);
  CHECK(done->errors[0].row == 4);
  CHECK(done->errors[0].field == "phone");
  CHECK(done->errors[0].message.find("row 2") != std::string::npos);
  CHECK(done->errors[1].row == 5);
  CHECK(done->errors[1].field == "external_id");
  CHECK(done->lead_ids.size() == 3);

  done = x.api.import_leads(b, {row(1, "+15559", "a", ""), row(2, "+15552", "c", "Cid")}, at(1));
  CHECK(done->updated == 2); // by external_id; by number, adopting the external_id
  CHECK(x.base.text("SELECT phone_e164 || first_name FROM leads WHERE external_id = 'a'") ==
        "+15559Ann");
  CHECK(x.base.text("SELECT phone_e164 || first_name FROM leads WHERE external_id = 'c'") ==
        "+15552Cid");
  CHECK(x.base.number("SELECT count(*) FROM leads") == 3);
  CHECK(x.api.import_leads(business_id{999}, {row(1, "+15551")}, at(0)).error().kind ==
        failure_kind::not_found);
  CHECK(x.api.import_leads(b, {}, at(0))->imported == 0);
}

TEST_CASE("a large import goes in whole") {
  recorded_world x;
  const auto b = x.make_business("+18001").id;
  std::vector<lead_row> rows;
  for (std::int64_t i = 1; i <= 12'000; ++i)
    rows.push_back(row(i, phone(i), "", "N\"'\\" + std::to_string(i)));
  CHECK(x.api.import_leads(b, rows, at(0))->imported == 12'000);
  CHECK(x.api.import_leads(b, rows, at(0))->updated == 12'000);
  CHECK(x.base.number("SELECT count(*) FROM leads") == 12'000);
}

TEST_CASE("leads are found, changed and deleted, never another business's") {
  recorded_world x;
  const auto b = x.make_business("+18001").id, other = x.make_business("+18002").id;
  const auto ids =
      x.api
          .import_leads(b, {row(1, "+97235551234", "a_1", "Ann"), row(2, "+15552", "a21", "B%b")},
                        at(0))
          ->lead_ids;
  const auto search = [&](const std::string& text) {
    return x.api.leads(b, {text, ""}, 9, "")->items.size();
  };
  CHECK(search("") == 2);
  CHECK(search("ann") == 1);
  CHECK(search("a_1") == 1);
  CHECK(search("%") == 1);
  CHECK(search("03 555-12") == 1);
  CHECK(search("nobody") == 0);
  CHECK(x.api.leads(other, {}, 9, "")->items.empty());
  CHECK(x.api.lead(other, ids[0]).error().kind == failure_kind::not_found);

  lead_change change;
  change.status = "do_not_call";
  change.notes = "asked not to be called";
  CHECK(x.api.change_lead(b, ids[0], change)->status == "do_not_call");
  CHECK(x.api.leads(b, {"", "do_not_call"}, 9, "")->items.size() == 1);
  change = {};
  change.external_id = "a21";
  CHECK(x.api.change_lead(b, ids[0], change).error().code == "external_id_taken");
  CHECK(x.api.change_lead(other, ids[0], {}).error().kind == failure_kind::not_found);
  CHECK(x.api.delete_lead(other, ids[0], at(0)).error().kind == failure_kind::not_found);
  CHECK(x.api.delete_lead(b, ids[0], at(0)));
  CHECK(x.api.lead(b, ids[0]).error().kind == failure_kind::not_found);
  CHECK(x.api.delete_lead(b, ids[0], at(0)).error().kind == failure_kind::not_found);
}

TEST_CASE("a deleted lead's queued jobs are cancelled, its live call is not") {
  recorded_world x;
  batch_store store{x.base};
  const auto b = x.make_business("+18001").id;
  const auto leads = x.base.add_leads(b, 2);
  const auto one = x.base.add_run(b, leads), two = x.base.add_run(b, leads);
  const auto direct = x.base.add_job(b, run_id{}, leads[0]);
  store.ask(claim(b, one, x.base.jobs_of(one)[0], 1, 1));
  REQUIRE(x.api.delete_lead(b, leads[0], at(0)));
  CHECK(x.base.status_of(x.base.jobs_of(one)[0]) == "dialing");
  CHECK(x.base.status_of(x.base.jobs_of(two)[0]) == "cancelled");
  CHECK(x.base.status_of(x.base.jobs_of(two)[1]) == "queued");
  CHECK(x.base.status_of(direct) == "cancelled");
  CHECK(x.api.run(b, two)->counts.cancelled == 1);
  CHECK(x.api.run(b, one)->counts.cancelled == 0);
}

TEST_CASE("a corrected number is the one that waiting jobs dial") {
  recorded_world x;
  const auto b = x.make_business("+18001").id;
  const auto leads = x.base.add_leads(b, 2);
  const auto run = x.base.add_run(b, leads);
  lead_change change;
  change.phone = phone_number{"+4912345"};
  REQUIRE(x.api.change_lead(b, leads[0], change));
  CHECK(x.api.job(b, x.base.jobs_of(run)[0])->phone.value == "+4912345");
  CHECK(x.api.job(b, x.base.jobs_of(run)[1])->phone.value != "+4912345");
}

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
  x.api.change_lead(b, ids[2], bar);
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
  CHECK(x.base.number("SELECT count(*) FROM outbound_call_runs") == 1);
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
  x.api.change_lead(b, ids[0], bar);
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
  CHECK(x.api.jobs(b, first, job_status::queued, 9, "")->items.size() == 5);
  CHECK(x.api.jobs(b, first, std::nullopt, 9, "c1.2.3").error().code == "bad_cursor");
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

TEST_CASE("an idempotency key gives the first answer again") {
  recorded_world x;
  using kind = idempotency_state::kind;
  const business_id admin;
  const auto reserve = [&](const std::string& body, std::int64_t seconds = 0) {
    return *x.api.reserve_idempotency(admin, "key", body, at(seconds));
  };
  CHECK(reserve("body").what == kind::fresh);
  CHECK(reserve("body").what == kind::unfinished);
  CHECK(reserve("other").what == kind::other_body);
  REQUIRE(x.api.drop_idempotency(admin, "key"));
  CHECK(reserve("body").what == kind::fresh);
  REQUIRE(x.api.keep_answer(admin, "key", {201, "{\"a\":1}"}));
  const auto again = reserve("body");
  CHECK(again.what == kind::answered);
  CHECK(again.answer.status == 201);
  CHECK(again.answer.body == "{\"a\":1}");
  REQUIRE(x.api.drop_idempotency(admin, "key")); // an answered one stays
  CHECK(reserve("body").what == kind::answered);
  CHECK(x.api.reserve_idempotency(business_id{7}, "key", "body", at(0))->what == kind::fresh);
  CHECK(reserve("body", 8 * 86'400).what == kind::fresh); // a week later it is forgotten
}

TEST_CASE("records reconnect when their session was cut, and say when there is no database") {
  recorded_world x;
  REQUIRE(x.api.ping());
  x.base.cut_sessions("ringmaster api");
  CHECK(x.api.ping());
  const auto nowhere = db::make_records_factory("host=127.0.0.1 port=1 dbname=none")();
  CHECK(nowhere->ping().error().kind == failure_kind::unavailable);
  CHECK(nowhere->business(business_id{1}).error().kind == failure_kind::unavailable);
}
