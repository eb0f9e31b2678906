// What must go on when something breaks: actors, the database, the whole process.
#include "tests/support/actor_world.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;
using namespace ringmaster::test;

TEST_CASE("after a crash live calls keep their slots and everything queued goes on") {
  world w;
  auto business = w.base.add_business();
  w.start_run(business, 9);
  std::vector<modelled_line::call> before;
  for (auto* call : w.line->live_calls(business))
    before.push_back(*call);
  REQUIRE(before.size() == 3);
  w.restart();
  CHECK(w.line->calls().empty()); // three are up at the carrier: no fourth
  for (auto& call : before) {
    CHECK(w.report(call, carrier_status::completed, 3) == event_result::committed);
    CHECK(w.line->live(business) <= 3);
  }
  CHECK(w.line->live(business) == 3);
  w.complete_all(business);
  CHECK(w.jobs_in("completed") == 9);
  CHECK(w.base.number("SELECT count(*) FROM outbound_call_runs WHERE status = 'completed'") == 1);
}

TEST_CASE("an idle supervisor leaves and is there again when it is needed") {
  world w;
  auto business = w.base.add_business();
  w.start_run(business, 3);
  w.complete_all(business);
  for (int i = 0; i < 130; ++i)
    w.advance(seconds{1});
  CHECK(w.count->supervisors_left == 1);
  w.start_run(business, 3);
  w.complete_all(business);
  CHECK(w.jobs_in("completed") == 6);
  CHECK(w.count->supervisors_started == 2);
}

TEST_CASE("a supervisor with a call up does not leave, however long it lasts") {
  world w;
  auto business = w.base.add_business();
  w.start_run(business, 1);
  for (int i = 0; i < 1000; ++i)
    w.advance(seconds{1});
  CHECK(w.count->supervisors_left == 0);
  w.complete_all(business);
  CHECK(w.jobs_in("completed") == 1);
}

TEST_CASE("with the switchboard all supervisors and runs end") {
  world w;
  w.house->roster = std::make_shared<actor_roster>();
  for (int i = 0; i < 3; ++i)
    w.start_run(w.base.add_business(), 5);
  w.ask<slots_answer>(slots_query{w.base.add_business()}); // one with nothing to do
  const auto& roster = *w.house->roster;
  REQUIRE(roster.views("business_supervisor").size() == 4);
  REQUIRE(roster.views("run").size() == 3);
  caf::anon_send_exit(w.board, caf::exit_reason::kill);
  w.settle();
  CHECK(roster.views().empty());
}

TEST_CASE("a wish to leave lets no later supervisor of the business go") {
  world w;
  auto business = w.base.add_business();
  w.start_run(business, 5);
  for (std::uint64_t heard = 0; heard < 10; ++heard)
    w.tell(leave_request{business, 0, heard});
  w.pass(20);
  CHECK(w.count->supervisors_left == 0);
  w.complete_all(business);
  CHECK(w.jobs_in("completed") == 5);
}

TEST_CASE("news of a supervisor's end touches no later one of its business") {
  world w;
  auto business = w.base.add_business();
  w.start_run(business, 5);
  w.tell(supervisor_lost{business, 0, true, "an older one ended"});
  w.pass(20);
  CHECK(w.count->supervisors_restarted == 0);
  CHECK(w.count->supervisors_started == 1);
  w.complete_all(business);
  CHECK(w.jobs_in("completed") == 5);
}

TEST_CASE("while the database is away no call starts, callbacks are not acknowledged, and then it "
          "goes on by itself") {
  world w;
  auto business = w.base.add_business();
  w.start_run(business, 8);
  REQUIRE(w.line->live(business) == 3);
  auto other = w.base.add_business(); // nobody has read a word of it yet
  auto unread = w.base.add_run(other, w.base.add_leads(other, 2));
  w.base.let_in(false);
  w.base.cut_sessions("ringmaster%");
  w.tell(run_created{other, unread});
  auto& call = *w.line->live_calls(business).front();
  w.line->end(call);
  for (int i = 0; i < 60; ++i) {
    CHECK(w.report(call, carrier_status::completed, 3) == event_result::unavailable);
    w.advance(seconds{1});
  }
  CHECK_FALSE(w.ask<slots_answer>(slots_query{other}).ok); // not: all are free
  CHECK(w.line->calls().size() == 3);
  w.base.let_in(true);
  for (int i = 0; i < 60; ++i) {
    w.advance(seconds{1});
    w.complete_all(business);
    w.complete_all(other);
  }
  CHECK(w.jobs_in("completed") == 10);
  CHECK(w.line->highest(business) == 3);
  CHECK(w.line->calls().size() == 10);
}

TEST_CASE("a listener hears what happens to its business and to no other") {
  world w;
  auto business = w.base.add_business();
  auto other = w.base.add_business();
  auto heard = std::make_shared<std::vector<event>>();
  auto listener =
      w.system().spawn([heard](listener_actor::pointer) -> listener_actor::behavior_type {
        return {[heard](const event& e) { heard->push_back(e); }};
      });
  caf::anon_send(w.house->feed, subscription{business}, listener);
  w.settle();
  w.start_run(business, 2);
  w.start_run(other, 2);
  w.complete_all(business);
  w.complete_all(other);
  REQUIRE_FALSE(heard->empty());
  std::map<std::string, int> states;
  for (const auto& e : *heard) {
    CHECK(e.business == business);
    ++states[e.state];
  }
  CHECK(states["dialing"] == 2);
  CHECK(states["calling"] == 2);
  CHECK(states["completed"] == 3); // two jobs and their run
  caf::anon_send_exit(listener, caf::exit_reason::user_shutdown);
  w.settle();
}

TEST_CASE("jobs of a run that are made in pages are all called, while they are being made") {
  world_options options;
  options.dialing.bulk_page = 100;
  world w(options);
  auto business = w.base.add_business();
  auto leads = w.base.add_leads(business, 450);
  std::string list;
  for (auto lead : leads)
    list += (list.empty() ? "" : ",") + std::to_string(lead.value);
  auto run = run_id{w.base.number(
      "INSERT INTO outbound_call_runs (business_id, concurrency, selected_leads, selection_open, "
      "total, created_at) VALUES (" +
      std::to_string(business.value) + ", 3, '{" + list + "}', true, 450, now()) RETURNING id")};
  w.ask<acknowledged>(run_created{business, run});
  CHECK(w.log().find("[BulkCall] Starting run " + std::to_string(run.value) +
                     " with concurrency=3") != std::string::npos);
  w.complete_all(business);
  CHECK(w.jobs_in("completed") == 450);
  CHECK(w.base.text("SELECT status FROM outbound_call_runs") == "completed");
  for (const auto& [number, times] : w.line->created_by_number(business))
    REQUIRE(times == 1);
}
