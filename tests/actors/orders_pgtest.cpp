// Pause, resume, stop, hang-up, and changes of the limit while calls are up.
#include "tests/support/actor_world.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;
using namespace ringmaster::test;

namespace {

order_answer order(world& w, business_id business, run_id run, run_order what,
                   bool hang_up = false) {
  return w.ask<order_answer>(order_run{business, run, what, hang_up});
}

} // namespace

TEST_CASE("after pause no call of the run starts, and resume goes on where it was") {
  world w;
  auto business = w.base.add_business();
  auto run = w.start_run(business, 10);
  auto paused = order(w, business, run, run_order::pause);
  CHECK(paused.result == write_result::applied);
  CHECK(paused.status == run_status::paused);
  w.complete_all(business);
  w.advance(seconds{30});
  CHECK(w.line->calls().size() == 3);
  CHECK(w.jobs_in(run, "completed") == 3);
  CHECK(w.jobs_in(run, "queued") == 7);
  CHECK(order(w, business, run, run_order::pause).result == write_result::stale);
  CHECK(order(w, business, run, run_order::resume).result == write_result::applied);
  w.complete_all(business);
  CHECK(w.jobs_in(run, "completed") == 10);
  CHECK(w.status_of(run) == "completed");
}

TEST_CASE("stop cancels what is queued, lets live calls finish and starts no other") {
  world w;
  auto business = w.base.add_business();
  auto run = w.start_run(business, 10);
  auto stopped = order(w, business, run, run_order::stop);
  CHECK(stopped.result == write_result::applied);
  CHECK(stopped.status == run_status::cancelled);
  CHECK(w.jobs_in(run, "cancelled") == 7);
  CHECK(w.jobs_in(run, "calling") == 3);
  w.complete_all(business);
  w.advance(seconds{10});
  CHECK(w.line->calls().size() == 3);
  CHECK(w.jobs_in(run, "completed") == 3);
  CHECK(w.status_of(run) == "cancelled");
  CHECK(w.base.number("SELECT count(*) FROM outbound_call_runs WHERE open") == 0);
  for (auto what : {run_order::stop, run_order::pause, run_order::resume}) {
    auto again = order(w, business, run, what);
    CHECK(again.result == write_result::stale);
    CHECK(again.status == run_status::cancelled);
  }
}

TEST_CASE("stop with hang-up ends the live calls, also one that has no name yet") {
  world w;
  int n = 0;
  w.line->decide = [&](const place_call&) {
    return ++n == 3 ? modelled_line::fate::held : modelled_line::fate::placed;
  };
  auto business = w.base.add_business();
  auto run = w.start_run(business, 10);
  REQUIRE(w.line->calls().size() == 3);
  order(w, business, run, run_order::stop, true);
  CHECK(w.line->calls()[0]->hung_up);
  CHECK(w.line->calls()[1]->hung_up);
  CHECK_FALSE(w.line->calls()[2]->hung_up);
  w.line->answer(*w.line->calls()[2]);
  w.settle();
  CHECK(w.line->calls()[2]->hung_up);
}

TEST_CASE("calls that were ordered to end are ended though the server died meanwhile") {
  world w;
  auto business = w.base.add_business();
  auto run = w.start_run(business, 10);
  const auto hung_up_after_a_crash = [&] {
    for (auto& call : w.line->calls())
      call->hung_up = false; // the carrier never heard of it
    w.crash();
    auto live = w.line->live_calls(business);
    REQUIRE(live.size() == 3);
    return std::count_if(live.begin(), live.end(), [](auto* call) { return call->hung_up; });
  };
  SECTION("by a stop") {
    order(w, business, run, run_order::stop, true);
    CHECK(hung_up_after_a_crash() == 3);
  }
  SECTION("by a pause") {
    order(w, business, run, run_order::pause, true);
    CHECK(hung_up_after_a_crash() == 3);
    w.complete_all(business);
    order(w, business, run, run_order::resume);
    CHECK(hung_up_after_a_crash() == 0); // those of after the resume are not meant
  }
  SECTION("not by a stop alone") {
    order(w, business, run, run_order::stop, false);
    CHECK(hung_up_after_a_crash() == 0);
  }
}

TEST_CASE("an order that overtakes the reading of its reopened run is not forgotten") {
  world_options options;
  options.random_order = true;
  world w{options};
  auto business = w.base.add_business();
  for (int i = 0; i < 60; ++i) {
    CAPTURE(i);
    auto run = w.start_run(business, 1);
    w.complete_all(business);
    REQUIRE(w.status_of(run) == "completed");
    const auto id = std::to_string(run.value);
    w.base.sql("UPDATE outbound_call_runs SET status = 'paused', open = true, ended_at = NULL,"
               " completed = 0 WHERE id = " +
               id);
    w.base.sql("UPDATE outbound_call_jobs SET status = 'queued', ended_at = NULL, outcome = NULL"
               " WHERE run_id = " +
               id);
    w.tell(run_created{business, run});
    for (int steps = i % 6; steps > 0; --steps)
      w.step();
    order(w, business, run, run_order::resume);
    CHECK(w.line->live(business) == 1);
    w.complete_all(business);
    CHECK(w.status_of(run) == "completed");
  }
}

TEST_CASE("a request that was not sent yet is withdrawn by stop, before stop is answered") {
  world w;
  w.line->decide = [](const place_call&) { return modelled_line::fate::unsent; };
  auto business = w.base.add_business();
  auto run = w.start_run(business, 10);
  REQUIRE(w.line->calls().size() == 3);
  CHECK(order(w, business, run, run_order::stop).result == write_result::applied);
  for (auto& call : w.line->calls())
    CHECK_FALSE(call->reply);
  w.settle();
  CHECK(w.line->live(business) == 0);
  CHECK(w.jobs_in(run, "cancelled") == 10);
  CHECK(w.ask<slots_answer>(slots_query{business}).slots.size() == 3);
  for (const auto& slot : w.ask<slots_answer>(slots_query{business}).slots)
    CHECK(slot.state == slot_state::free);
}

TEST_CASE("a request that was not sent yet is withdrawn by pause and placed after resume") {
  world w;
  bool stuck = true;
  w.line->decide = [&](const place_call&) {
    return stuck ? modelled_line::fate::unsent : modelled_line::fate::placed;
  };
  auto business = w.base.add_business();
  auto run = w.start_run(business, 5);
  CHECK(order(w, business, run, run_order::pause).result == write_result::applied);
  w.settle();
  CHECK(w.jobs_in(run, "queued") == 5);
  stuck = false;
  order(w, business, run, run_order::resume);
  w.advance(seconds{1});
  CHECK(w.line->live(business) == 3);
  w.complete_all(business);
  CHECK(w.jobs_in(run, "completed") == 5);
  for (const auto& [number, times] : w.line->created_by_number(business))
    CHECK(times == 1);
}

TEST_CASE("a run that was paused before a crash stays paused after it") {
  world w;
  auto business = w.base.add_business();
  auto run = w.start_run(business, 5);
  order(w, business, run, run_order::pause);
  w.complete_all(business);
  w.restart();
  w.advance(seconds{5});
  CHECK(w.line->calls().empty());
  CHECK(order(w, business, run, run_order::resume).result == write_result::applied);
  w.complete_all(business);
  CHECK(w.jobs_in(run, "completed") == 5);
}

TEST_CASE("a lower limit cuts no call and holds from the next one on; a higher one opens at once") {
  world w;
  auto business = w.base.add_business(3);
  auto run = w.start_run(business, 20);
  auto id = std::to_string(business.value);
  w.base.sql("UPDATE businesses SET max_outbound_calls = 1 WHERE id = " + id);
  w.ask<acknowledged>(settings_changed{business});
  CHECK(w.line->live(business) == 3);
  w.complete(*w.line->live_calls(business).front());
  CHECK(w.line->live(business) == 2);
  w.complete(*w.line->live_calls(business).front());
  CHECK(w.line->live(business) == 1);
  w.complete(*w.line->live_calls(business).front());
  CHECK(w.line->live(business) == 1);
  CHECK(w.base.number("SELECT count(*) FROM call_slots WHERE business_id = " + id) == 1);

  w.base.sql("UPDATE businesses SET max_outbound_calls = 3 WHERE id = " + id);
  w.base.sql("INSERT INTO call_slots SELECT " + id +
             ", s FROM generate_series(1, 3) s ON CONFLICT DO NOTHING");
  w.ask<acknowledged>(settings_changed{business});
  CHECK(w.line->live(business) == 3);
  w.complete_all(business);
  CHECK(w.jobs_in(run, "completed") == 20);
}

TEST_CASE("a suspended business starts no call until it is let go again") {
  world w;
  auto business = w.base.add_business();
  auto run = w.start_run(business, 6);
  w.base.sql("UPDATE businesses SET suspended = true");
  w.ask<acknowledged>(settings_changed{business});
  w.complete_all(business);
  w.advance(seconds{20});
  CHECK(w.line->calls().size() == 3);
  w.base.sql("UPDATE businesses SET suspended = false");
  w.ask<acknowledged>(settings_changed{business});
  for (int i = 0; i < 20; ++i) {
    w.advance(seconds{1});
    w.complete_all(business);
  }
  CHECK(w.jobs_in(run, "completed") == 6);
}

TEST_CASE("a call of a suspended business that was not sent yet is taken back before the answer") {
  world w;
  w.line->decide = [](const place_call&) { return modelled_line::fate::unsent; };
  auto business = w.base.add_business();
  auto run = w.start_run(business, 5);
  REQUIRE(w.line->calls().size() == 3);
  w.base.sql("UPDATE businesses SET suspended = true");
  CHECK(w.ask<acknowledged>(settings_changed{business}).ok);
  for (auto& call : w.line->calls())
    CHECK_FALSE(call->reply);
  w.advance(seconds{30});
  CHECK(w.line->calls().size() == 3);
  CHECK(w.jobs_in(run, "queued") == 5);
}

TEST_CASE("a call to a barred lead that was not sent yet is taken back before the answer") {
  world w;
  w.line->decide = [](const place_call&) { return modelled_line::fate::unsent; };
  auto business = w.base.add_business();
  auto run = w.start_run(business, 3);
  REQUIRE(w.line->calls().size() == 3);
  auto lead = lead_id{w.base.number("SELECT min(id) FROM leads")};
  w.base.sql("UPDATE leads SET status = 'do_not_call' WHERE id = " + std::to_string(lead.value));
  CHECK(w.ask<acknowledged>(lead_changed{business, lead}).ok);
  CHECK_FALSE(w.line->calls()[0]->reply);
  CHECK(w.line->calls()[1]->reply);
  CHECK(w.line->calls()[2]->reply);
  w.advance(seconds{10});
  CHECK(w.line->calls().size() == 3);
  CHECK(w.jobs_in(run, "cancelled") == 1);
}

TEST_CASE("a claim from before a bar that comes to the supervisor after it is not dialled") {
  int overtaken = 0;
  for (unsigned seed = 1; seed <= 30; ++seed) {
    CAPTURE(seed);
    world_options options;
    options.seed = seed;
    options.random_order = true;
    world w{options};
    w.line->decide = [](const place_call&) { return modelled_line::fate::unsent; };
    auto business = w.base.add_business(1);
    auto lead = w.base.add_leads(business, 1).front();
    auto run = w.base.add_run(business, {lead});
    w.tell(run_created{business, run});
    while (w.jobs_in(run, "dialing") == 0)
      REQUIRE(w.step());
    if (w.line->calls().empty()) ++overtaken;
    w.base.sql("UPDATE leads SET status = 'do_not_call'");
    CHECK(w.ask<acknowledged>(lead_changed{business, lead}).ok);
    for (auto& call : w.line->calls())
      CHECK_FALSE(call->reply);
    w.advance(seconds{1});
    CHECK(w.jobs_in(run, "cancelled") == 1);
  }
  CHECK(overtaken > 0);
}

TEST_CASE(
    "what is ordered of one run, and what a crash makes to be looked into, ends no other call") {
  world w;
  auto business = w.base.add_business();
  auto other = w.base.add_business();
  auto stopped = w.start_run(business, 2);
  auto beside = w.start_run(business, 2);
  auto elsewhere = w.start_run(other, 5);
  REQUIRE(w.jobs_in(stopped, "calling") == 2);
  REQUIRE(w.jobs_in(beside, "calling") == 1);
  order(w, business, stopped, run_order::stop, true);
  CHECK(w.status_of(beside) == "running");
  CHECK(w.status_of(elsewhere) == "running");
  w.crash();
  for (int i = 0; i < 180; ++i)
    w.advance(seconds{1});
  for (const auto& call : w.line->calls()) {
    auto run = w.base.number("SELECT run_id FROM outbound_call_jobs WHERE id = " +
                             std::to_string(call->request.attempt.job.value));
    CHECK(call->hung_up == (run == stopped.value));
  }
  CHECK(w.jobs_in(beside, "calling") == 1);
  CHECK(w.jobs_in(elsewhere, "calling") == 3);
  CHECK(w.jobs_in(elsewhere, "queued") == 2);
}
