#include "tests/support/database_records.hpp"

using namespace ringmaster;
using namespace ringmaster::test;

namespace {

std::string lines(database& base) {
  return base.text("SELECT coalesce(string_agg(who || ' ' || what || ' ' || coalesce(subject, 0),"
                   " ', ' ORDER BY id), '') FROM audit_log");
}

} // namespace

TEST_CASE("what somebody changes stands in the audit, what nobody is named for does not") {
  recorded_world x;
  const auto made = x.make_business("+18001");
  CHECK(lines(x.base).empty());
  x.api.act_as({"key 12"}, at(5));
  business_change change;
  change.max_outbound_calls = 5;
  change.name = "Private";
  REQUIRE(x.api.change_business(made.id, change));
  const auto leads = x.base.add_leads(made.id, 2);
  const auto run = x.make_run(made.id, leads);
  lead_change later;
  later.status = "do_not_call";
  REQUIRE(x.api.change_lead(made.id, leads[0], later, at(5)));
  REQUIRE(x.api.delete_lead(made.id, leads[1], at(5)));
  CHECK(lines(x.base) == "key 12 business.change 0, key 12 run.create " +
                             std::to_string(run.run.value) + ", key 12 lead.change " +
                             std::to_string(leads[0].value) + ", key 12 lead.delete " +
                             std::to_string(leads[1].value));
  const auto told = x.api.audit(made.id, 10, "");
  REQUIRE(told);
  REQUIRE(told->items.size() == 4);
  const auto& first = told->items.back();
  CHECK(first.detail == R"({"name": true, "max_outbound_calls": 5})");
  CHECK(first.at == at(5));
  CHECK(first.business == made.id);
}

TEST_CASE("a change that is refused, or only looked at, leaves no line") {
  recorded_world x;
  const auto made = x.make_business("+18001");
  x.make_business("+18002");
  x.api.act_as({"key 12"}, at(5));
  business_change change;
  change.phone = phone_number{"+18002"};
  CHECK_FALSE(x.api.change_business(made.id, change));
  CHECK(x.api.preview_import(made.id, {row(1, "+18005")}, at(5)));
  CHECK_FALSE(x.api.delete_lead(made.id, lead_id{999}, at(5)));
  CHECK(lines(x.base).empty());
}

TEST_CASE("orders and calls by hand are written in the store's own transaction") {
  database base;
  batch_store store{base};
  const auto business = base.add_business();
  const auto run = base.add_run(business, base.add_leads(business, 3));
  const auto jobs = base.jobs_of(run);
  const auto number = [](auto id) { return std::to_string(id.value); };
  REQUIRE(store.ask(claim(business, run, jobs[0], 1, 1)).result == claim_result::claimed);
  REQUIRE(store.ask(claim(business, run, jobs[1], 2, 2)).result == claim_result::claimed);
  CHECK(store.ask(
            mark_calling{{business, jobs[0], token(1)}, call_sid{"CA1"}, at(2), "console uid=0"}) ==
        write_result::applied);
  CHECK(store.ask(requeue_call{
            {business, jobs[1], token(2)}, at(3), at(3), true, "x", "console uid=0"}) ==
        write_result::applied);
  control_run pause{business, run, run_verb::pause, at(4), {}, "key 7"};
  CHECK(store.ask(pause).result == write_result::applied);
  // Not possible a second time, nor under an old token: nothing was done, nothing is told.
  CHECK(store.ask(pause).result == write_result::stale);
  CHECK(store.ask(
            mark_calling{{business, jobs[0], token(9)}, call_sid{"CA2"}, at(5), "console uid=0"}) ==
        write_result::stale);
  CHECK(store.ask(finish({business, jobs[0], token(1)}, job_status::completed,
                         call_outcome::answered)) == write_result::applied);
  CHECK(lines(base) == "console uid=0 doubt.adopt " + number(jobs[0]) +
                           ", console uid=0 doubt.never_placed " + number(jobs[1]) +
                           ", key 7 run.pause " + number(run));
}

TEST_CASE("the audit is only ever added to") {
  recorded_world x;
  const auto made = x.make_business("+18001");
  x.api.act_as({"admin key"}, at(1));
  REQUIRE(x.api.note(made.id, "console", R"({"command":"drain"})"));
  CHECK_THROWS(x.base.sql("UPDATE audit_log SET who = 'nobody'"));
  CHECK_THROWS(x.base.sql("DELETE FROM audit_log"));
  CHECK_THROWS(x.base.sql("TRUNCATE audit_log"));
  CHECK(lines(x.base) == "admin key console 0");
}

TEST_CASE("the audit is read in pages, newest first, of one business or of all") {
  recorded_world x;
  const auto one = x.make_business("+18001").id, other = x.make_business("+18002").id;
  x.api.act_as({"admin key"}, at(1));
  for (const auto business : {one, other, one, one, business_id{}})
    REQUIRE(x.api.note(business, "console", "{}"));
  const auto first = x.api.audit(one, 2, "");
  REQUIRE(first);
  CHECK(first->items.size() == 2);
  CHECK(first->items[0].id > first->items[1].id);
  const auto rest = x.api.audit(one, 2, first->next_cursor);
  REQUIRE(rest);
  CHECK(rest->items.size() == 1);
  CHECK(rest->next_cursor.empty());
  CHECK(x.api.audit({}, 10, "")->items.size() == 5);
  CHECK_FALSE(x.api.audit(one, 2, "nonsense"));
}
