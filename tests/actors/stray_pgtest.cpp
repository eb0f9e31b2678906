// Calls that ring outside the slots: hung up at once, counted against the limit until they end.
#include "tests/support/actor_world.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;
using namespace ringmaster::test;

namespace {

using fate = modelled_line::fate;

/// A business with two slots whose first call was given up; its job is up again, another beside it.
struct given_up {
  given_up() {
    w.line->decide = [first = true](const place_call&) mutable {
      return std::exchange(first, false) ? fate::lost_uncreated : fate::placed;
    };
    business = w.base.add_business(2);
    run = w.start_run(business, 6);
    w.pass(90);
    late = w.line->calls().front().get();
    REQUIRE(w.count->calls_proven_absent == 1);
    REQUIRE(w.line->live(business) == 2);
  }

  std::int64_t strays_up() {
    return w.base.number("SELECT count(*) FROM stray_calls WHERE ended_at IS NULL");
  }
  void complete_one_of_ours() {
    for (auto* call : w.line->live_calls(business))
      if (call != late) return void(w.complete(*call));
  }

  world w;
  business_id business;
  run_id run;
  modelled_line::call* late = nullptr;
};

} // namespace

TEST_CASE("a given-up call that appears late is hung up at once and takes its place in the limit") {
  given_up g;
  auto& w = g.w;
  w.line->appear(*g.late);
  CHECK(w.report(*g.late, carrier_status::ringing, 1) == event_result::stale);
  CHECK(g.late->hung_up);
  CHECK(g.strays_up() == 1);
  CHECK(w.count->strays_found == 1);
  CHECK(w.log().find("ALARM: a stray call rings") != std::string::npos);

  SECTION("the next slot that comes free stays empty until it has ended") {
    g.complete_one_of_ours();
    CHECK(w.line->live(g.business) == 2); // one of ours and the stray
    w.pass(30);
    CHECK(w.line->live(g.business) == 2);
    CHECK(w.report(*g.late, carrier_status::in_progress, 2) == event_result::stale);
    CHECK(w.complete(*g.late) == event_result::committed);
    CHECK(g.strays_up() == 0);
    CHECK(w.count->strays_ended == 1);
    CHECK(w.line->live(g.business) == 2); // the slot is used again
    w.complete_all(g.business);
    CHECK(w.jobs_in(g.run, "completed") == 6);
  }
  SECTION("its end is asked for, and the hanging up repeated") {
    g.complete_one_of_ours();
    w.pass(60);
    CHECK(w.line->hang_ups > 2);
    CHECK(w.line->live(g.business) == 2);
    w.line->hang_up_works = true;
    w.pass(61);
    CHECK(g.strays_up() == 0);
    CHECK(w.line->live(g.business) == 2);
  }
  SECTION("it counts beyond a restart") {
    w.crash();
    g.complete_one_of_ours();
    CHECK(w.line->live(g.business) == 2);
    w.pass(20);
    CHECK(w.line->live(g.business) == 2);
    w.line->end(*g.late);
    w.pass(61);
    CHECK(g.strays_up() == 0);
    CHECK(w.line->live(g.business) == 2);
  }
  CHECK(w.line->highest(g.business) == 3); // no call of ours was added while it rang
}

TEST_CASE("an answered stray is told to hang up, and its number is not called meanwhile") {
  given_up g;
  auto& w = g.w;
  w.line->appear(*g.late);
  script_query query{g.late->request.attempt, g.late->sid, "", w.now()};
  CHECK(w.ask<script_answer>(query).result == event_result::stale);
  CHECK(g.strays_up() == 1);
  CHECK(g.late->hung_up);
}

TEST_CASE("the number of a stray is not called while it rings") {
  given_up g;
  auto& w = g.w;
  // The job's second attempt ends, the lead is to be called directly: the stray is still up.
  w.line->appear(*g.late);
  w.report(*g.late, carrier_status::ringing, 1);
  w.base.sql("UPDATE outbound_call_runs SET status = 'running'");
  w.ask<order_answer>(order_run{g.business, g.run, run_order::stop, false});
  for (int i = 0; i < 2; ++i)
    g.complete_one_of_ours();
  auto lead = lead_id{w.base.number("SELECT lead_id FROM outbound_call_jobs WHERE id = " +
                                    std::to_string(g.late->request.attempt.job.value))};
  auto before = w.line->calls().size();
  w.ask<call_directly_answer>(call_directly{g.business, {lead}});
  w.pass(30);
  CHECK(w.line->calls().size() == before);
  w.complete(*g.late);
  w.pass(10);
  CHECK(w.line->calls().size() == before + 1);
}

TEST_CASE("late news of calls that are long over is not taken for strays") {
  world w;
  auto business = w.base.add_business(1);
  w.start_run(business, 2);
  auto& call = *w.line->calls().front();
  w.complete(call);
  SECTION("soon after") {}
  SECTION("much later, by another process") {
    w.crash();
    w.pass(1'800);
  }
  CHECK(w.report(call, carrier_status::completed, 3) == event_result::stale);
  CHECK(w.report(call, carrier_status::ringing, 1) == event_result::stale);
  CHECK(w.report(call, carrier_status::in_progress, 2) == event_result::stale);
  script_query query{call.request.attempt, call.sid, "", w.now()};
  CHECK(w.ask<script_answer>(query).result == event_result::stale);
  CHECK(w.count->strays_found == 0);
  CHECK(w.line->hang_ups == 0);
}

TEST_CASE("a second call of one attempt is hung up, and the first goes on") {
  world w;
  auto business = w.base.add_business(1);
  auto run = w.start_run(business, 1);
  auto& call = w.line->last();
  auto twin = std::make_unique<modelled_line::call>();
  twin->request = call.request;
  twin->sid = call_sid{"CA-twin"};
  twin->exists = twin->live = true;
  auto& second = *twin;
  w.line->adopt(std::move(twin));
  CHECK(w.report(second, carrier_status::ringing, 1) == event_result::stale);
  CHECK(second.hung_up);
  CHECK_FALSE(w.line->calls().front()->hung_up);
  w.complete(second);
  w.complete(*w.line->calls().front());
  CHECK(w.jobs_in(run, "completed") == 1);
}

TEST_CASE("two calls made by one request in doubt: one is adopted, the other hung up") {
  world w;
  w.line->decide = [](const place_call&) { return fate::lost; };
  w.line->visible = [](const modelled_line::call&) { return false; };
  auto business = w.base.add_business(1);
  auto run = w.start_run(business, 1);
  auto twin = std::make_unique<modelled_line::call>(modelled_line::call{w.line->last()});
  twin->sid = call_sid{"CA-twin"};
  w.line->adopt(std::move(twin));
  w.line->visible = [](const modelled_line::call&) { return true; };
  w.pass(20);
  CHECK(w.jobs_in(run, "calling") == 1);
  CHECK(w.line->calls()[0]->hung_up != w.line->calls()[1]->hung_up);
  CHECK(w.count->strays_found == 1);
}

TEST_CASE("a name that no call has ever had blocks the limit for the grace, not for ever") {
  world w;
  auto business = w.base.add_business(1);
  auto run = w.start_run(business, 2);
  auto bogus = w.line->last();
  bogus.sid = call_sid{"CA-nobody"};
  CHECK(w.report(bogus, carrier_status::ringing, 1) == event_result::stale);
  w.complete(*w.line->calls().front());
  CHECK(w.line->live(business) == 0); // it could ring, for all we know
  w.pass(130);
  CHECK(w.line->live(business) == 1);
  w.complete_all(business);
  CHECK(w.jobs_in(run, "completed") == 2);
}
