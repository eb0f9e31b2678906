#include "tests/support/database_records.hpp"

using namespace ringmaster;
using namespace ringmaster::test;

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
  const auto all = x.api.leads(b, {}, 9, "")->items;
  CHECK(x.api.leads(b, {}, 1, "", 1)->items.at(0).id == all.at(1).id);
  CHECK(x.api.leads(b, {}, 9, "", static_cast<std::int64_t>(all.size()))->items.empty());
  CHECK(x.api.lead(other, ids[0]).error().kind == failure_kind::not_found);

  lead_change change;
  change.status = "do_not_call";
  change.notes = "asked not to be called";
  CHECK(x.api.change_lead(b, ids[0], change, at(0))->status == "do_not_call");
  CHECK(x.api.leads(b, {"", "do_not_call"}, 9, "")->items.size() == 1);
  change = {};
  change.external_id = "a21";
  CHECK(x.api.change_lead(b, ids[0], change, at(0)).error().code == "external_id_taken");
  CHECK(x.api.change_lead(other, ids[0], {}, at(0)).error().kind == failure_kind::not_found);
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
  // What became of it is still told.
  CHECK(store.ask(finish({b, x.base.jobs_of(one)[0], token(1)}, job_status::completed,
                         call_outcome::answered)) == write_result::applied);
  CHECK(x.api.run(b, one)->counts.completed == 1);
  const auto calls = x.api.calls(b, {}, 9, "");
  REQUIRE(calls->items.size() == 1);
  CHECK(calls->items[0].outcome == call_outcome::answered);
}

TEST_CASE("a corrected number is the one that waiting jobs dial") {
  recorded_world x;
  const auto b = x.make_business("+18001").id;
  const auto leads = x.base.add_leads(b, 2);
  const auto run = x.base.add_run(b, leads);
  lead_change change;
  change.phone = phone_number{"+4912345"};
  REQUIRE(x.api.change_lead(b, leads[0], change, at(0)));
  CHECK(x.api.job(b, x.base.jobs_of(run)[0])->phone.value == "+4912345");
  CHECK(x.api.job(b, x.base.jobs_of(run)[1])->phone.value != "+4912345");
}

TEST_CASE("a corrected number is also dialled by a direct call that waits") {
  recorded_world x;
  const auto b = x.make_business("+18001").id;
  const auto lead = x.base.add_lead(b, phone(1));
  const auto job = x.base.add_job(b, run_id{}, lead);
  lead_change change;
  change.phone = phone_number{phone(2)};
  REQUIRE(x.api.change_lead(b, lead, change, at(0)));
  CHECK(x.api.job(b, job)->phone == phone_number{phone(2)});
}

TEST_CASE("a corrected number is not called twice in a run") {
  recorded_world x;
  const auto b = x.make_business("+18001").id;
  const auto kept = x.base.add_lead(b, phone(1)), changed = x.base.add_lead(b, phone(2));
  const auto run = x.base.add_run(b, {changed, kept}), other = x.base.add_run(b, {changed});
  lead_change change;
  change.phone = phone_number{phone(1)};
  REQUIRE(x.api.change_lead(b, changed, change, at(7)));
  const auto dropped = x.api.job(b, x.base.jobs_of(run)[0]);
  CHECK(dropped->status == job_status::cancelled);
  CHECK(dropped->error == "another lead of the run has this number");
  CHECK(x.base.status_of(x.base.jobs_of(run)[1]) == "queued");
  CHECK(x.api.run(b, run)->counts.cancelled == 1);
  CHECK(x.api.job(b, x.base.jobs_of(other)[0])->phone == phone_number{phone(1)});
}

TEST_CASE("of two leads that an import gives one number, a run calls the first") {
  recorded_world x;
  const auto b = x.make_business("+18001").id;
  const auto one = x.base.add_lead(b, phone(1)), two = x.base.add_lead(b, phone(2)),
             swapped = x.base.add_lead(b, phone(3));
  x.base.sql("UPDATE leads SET external_id = 'x' || phone_e164");
  const auto run = x.base.add_run(b, {one, two, swapped});
  std::vector<lead_row> rows(3);
  for (int i = 0; i < 3; ++i) {
    rows[static_cast<std::size_t>(i)].row = i + 1;
    rows[static_cast<std::size_t>(i)].external_id = "x" + phone(i + 1);
  }
  rows[0].phone = rows[1].phone = phone_number{phone(9)};
  rows[2].phone = phone_number{phone(1)}; // nobody's any more
  CHECK(x.api.import_leads(b, rows, at(0))->updated == 3);
  const auto jobs = x.base.jobs_of(run);
  CHECK(x.api.job(b, jobs[0])->phone == phone_number{phone(9)});
  CHECK(x.base.status_of(jobs[0]) == "queued");
  CHECK(x.base.status_of(jobs[1]) == "cancelled");
  CHECK(x.api.job(b, jobs[2])->phone == phone_number{phone(1)});
  CHECK(x.base.status_of(jobs[2]) == "queued");
  CHECK(x.api.run(b, run)->counts.cancelled == 1);
}
