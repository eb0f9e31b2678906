// News that the supervisor can not read at once: settings, limits, runs.
#include "tests/support/actor_world.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;
using namespace ringmaster::test;

namespace {

void set_limit(world& w, business_id business, int limit) {
  const auto id = std::to_string(business.value), most = std::to_string(limit);
  w.base.sql("UPDATE businesses SET max_outbound_calls = " + most + " WHERE id = " + id);
  // As the API does it: slots that hold no call go at once.
  w.base.sql("DELETE FROM call_slots s WHERE business_id = " + id + " AND slot > " + most +
             " AND NOT EXISTS (SELECT FROM outbound_call_jobs j WHERE j.business_id = " + id +
             " AND j.slot = s.slot)");
}

std::int64_t slots_of(world& w, business_id business) {
  return w.base.number("SELECT count(*) FROM call_slots WHERE business_id = " +
                       std::to_string(business.value));
}

} // namespace

TEST_CASE("settings that the database could not tell are read once it is back") {
  world w;
  auto business = w.base.add_business();
  auto run = w.start_run(business, 6);
  w.base.sql("UPDATE businesses SET suspended = true");
  REQUIRE(w.ask<acknowledged>(settings_changed{business}).ok);
  w.complete_all(business);
  w.base.sql("UPDATE businesses SET suspended = false");
  w.base.cut_sessions("ringmaster store");
  CHECK_FALSE(w.ask<acknowledged>(settings_changed{business}).ok);
  for (int i = 0; i < 20; ++i) {
    w.advance(seconds{1});
    w.complete_all(business);
  }
  CHECK(w.jobs_in(run, "completed") == 6);
}

TEST_CASE("the gauges know of a business that had nothing to do before") {
  world_options options;
  options.limits.calls_per_second = 0.001;
  world w(options);
  auto business = w.base.add_business(3);
  w.ask<slots_answer>(slots_query{business}); // its supervisor is up, without a timer
  CHECK(w.count->slots.limit == 3);

  SECTION("that its limit is another one") {
    set_limit(w, business, 2);
    REQUIRE(w.ask<acknowledged>(settings_changed{business}).ok);
    CHECK(w.count->slots.limit == 2);
  }
  SECTION("that its slots are held by a run that may not dial yet") {
    w.start_run(w.base.add_business(1), 1); // has the only permit
    w.start_run(business, 2);
    w.pass(30);
    REQUIRE(w.line->live(business) == 0);
    CHECK(w.count->slots.of(slot_state::reserved) == 2);
  }
}

TEST_CASE("a slot granted before the limit was lowered is given back without an alarm") {
  world_options options;
  options.limits.calls_per_second = 1;
  world w(options);
  auto business = w.base.add_business(3);
  auto run = w.start_run(business, 6);
  REQUIRE(w.line->live(business) == 1); // two slots wait for the carrier's pace
  set_limit(w, business, 1);
  REQUIRE(w.ask<acknowledged>(settings_changed{business}).ok);
  w.advance(seconds{10});
  CHECK(w.line->live(business) == 1);
  CHECK(w.count->supervisors_reloaded == 0);
  CHECK(w.log().find("ALARM") == std::string::npos);
  for (int i = 0; i < 20; ++i) {
    w.complete_all(business);
    w.advance(seconds{1});
  }
  CHECK(w.line->highest(business) == 1);
  CHECK(w.jobs_in(run, "completed") == 6);
}

TEST_CASE("a slot above the limit closes though its call ended before the limit was read") {
  world w;
  auto business = w.base.add_business(3);
  auto run = w.start_run(business, 8);
  auto live = w.line->live_calls(business);
  REQUIRE(live.size() == 3);
  set_limit(w, business, 2);
  SECTION("by the supervisor that reads it then") {
    w.base.sql("UPDATE outbound_call_runs SET status = 'paused'");
    for (auto* call : live)
      w.complete(*call);
    CHECK(slots_of(w, business) == 3);
    REQUIRE(w.ask<acknowledged>(settings_changed{business}).ok);
  }
  SECTION("by the next process") {
    w.base.sql("UPDATE outbound_call_runs SET status = 'paused'");
    for (auto* call : live)
      w.complete(*call);
    CHECK(slots_of(w, business) == 3);
    w.restart();
  }
  CHECK(slots_of(w, business) == 2);
  CHECK(w.jobs_in(run, "completed") == 3);
}

TEST_CASE("a run committed while the ownership is lost is taken up when it is ours again") {
  world w;
  auto business = w.base.add_business();
  w.start_run(business, 1); // its supervisor is there
  w.base.sql("UPDATE shards SET epoch = epoch + 1");
  auto run = w.base.add_run(business, w.base.add_leads(business, 2));
  CHECK(w.ask<acknowledged>(run_created{business, run}).ok); // it is not forgotten
  w.base.sql("UPDATE shards SET epoch = epoch - 1");
  w.advance(seconds{10});
  CHECK(w.line->live(business) == 3);
}
