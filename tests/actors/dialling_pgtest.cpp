// The way of calls through supervisor, runs and carrier, on a real database.
#include "tests/support/actor_world.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;
using namespace ringmaster::test;

TEST_CASE("fifty leads are called three at a time, each once, until all are done") {
  world w;
  auto business = w.base.add_business();
  auto run = w.start_run(business, 50);
  CHECK(w.line->live(business) == 3);
  CHECK(w.jobs_in(run, "calling") == 3);
  CHECK(w.jobs_in(run, "queued") == 47);
  w.complete_all(business);
  CHECK(w.jobs_in(run, "completed") == 50);
  CHECK(w.status_of(run) == "completed");
  CHECK(w.line->highest(business) == 3);
  auto numbers = w.line->created_by_number(business);
  CHECK(numbers.size() == 50);
  for (const auto& [number, times] : numbers)
    CHECK(times == 1);
  auto log = w.log();
  CHECK(log.find("[BulkCall] Run " + std::to_string(run.value) +
                 " completed: 50 succeeded, 0 failed") != std::string::npos);
  CHECK(log.find("at max outbound limit (3/3), waiting...") != std::string::npos);
  CHECK(log.find("[FillSlots] Filling slots for business=") != std::string::npos);
  CHECK(log.find("[BulkCall] Started call for lead=") != std::string::npos);
}

TEST_CASE("two runs and direct calls share the three slots of their business") {
  world w;
  auto business = w.base.add_business();
  auto other = w.base.add_business();
  auto first = w.start_run(business, 20);
  auto second = w.start_run(business, 20);
  auto elsewhere = w.start_run(other, 5);
  CHECK(w.line->live(business) == 3);
  CHECK(w.line->live(other) == 3);

  auto lead = w.base.add_lead(business, "+15557770001");
  auto refused = w.ask<call_directly_answer>(call_directly{business, {lead}});
  CHECK(refused.result == call_directly_answer::verdict::slots_full);
  CHECK(refused.active == 3);
  CHECK(refused.limit == 3);

  w.complete_all(business);
  w.complete_all(other);
  CHECK(w.status_of(first) == "completed");
  CHECK(w.status_of(second) == "completed");
  CHECK(w.status_of(elsewhere) == "completed");
  CHECK(w.line->highest(business) == 3);
}

TEST_CASE("direct calls take their slots at once, all or none") {
  world w;
  auto business = w.base.add_business();
  auto leads = w.base.add_leads(business, 4);
  auto two = w.ask<call_directly_answer>(call_directly{business, {leads[0], leads[1]}});
  REQUIRE(two.result == call_directly_answer::verdict::started);
  CHECK(two.calls.size() == 2);
  CHECK(w.line->live(business) == 2);
  auto full = w.ask<call_directly_answer>(call_directly{business, {leads[2], leads[3]}});
  CHECK(full.result == call_directly_answer::verdict::slots_full);
  CHECK(full.active == 2);
  auto unknown = w.ask<call_directly_answer>(call_directly{business, {lead_id{987654}}});
  CHECK(unknown.result == call_directly_answer::verdict::refused);
  CHECK(unknown.refusal_code == "lead_not_found");
  CHECK(unknown.refused_index == 0);
  CHECK(w.line->live(business) == 2);
  auto busy = w.ask<call_directly_answer>(call_directly{business, {leads[0]}});
  CHECK(busy.result == call_directly_answer::verdict::refused);
  CHECK(busy.refusal_code == "number_busy");
  auto third = w.ask<call_directly_answer>(call_directly{business, {leads[2]}});
  CHECK(third.result == call_directly_answer::verdict::started);
  w.complete_all(business);
  CHECK(w.base.number("SELECT count(*) FROM outbound_call_jobs WHERE status = 'completed'") == 3);
}

TEST_CASE("runs of one business take turns for its slots") {
  world w;
  auto business = w.base.add_business(1);
  auto first = w.start_run(business, 6);
  auto second = w.start_run(business, 6);
  std::vector<std::int64_t> order;
  for (auto live = w.line->live_calls(business); !live.empty();
       live = w.line->live_calls(business)) {
    order.push_back(w.base.number("SELECT run_id FROM outbound_call_jobs WHERE id = " +
                                  std::to_string(live[0]->request.attempt.job.value)));
    w.complete(*live[0]);
  }
  REQUIRE(order.size() == 12);
  // The first had asked again before the second came; from then on they alternate.
  for (std::size_t i = 1; i < 10; ++i)
    CHECK(order[i] != order[i + 1]);
  CHECK(w.status_of(first) == "completed");
  CHECK(w.status_of(second) == "completed");
}

TEST_CASE("a slot goes to the next lead while its call's end is on its way into the database") {
  world w;
  auto business = w.base.add_business(1);
  auto run = w.start_run(business, 3);
  w.log();
  auto& call = w.line->last();
  w.line->end(call);
  auto event = w.event_of(call, carrier_status::completed);
  SECTION("which takes it") {
    w.tell(event);
    std::string log;
    while (log.find("[FillSlots] Filling slots") == std::string::npos) {
      REQUIRE(w.step());
      log += w.log();
    }
    CHECK(w.jobs_in(run, "calling") == 1); // the end is not written
    w.settle();
    CHECK(w.jobs_in(run, "completed") == 1);
    CHECK(w.line->live(business) == 1);
  }
  SECTION("which is away") {
    w.base.cut_sessions("ringmaster store");
    w.tell(event);
    w.settle();
    CHECK(w.line->live(business) == 0);
    CHECK(w.jobs_in(run, "queued") == 2);
    w.pass(5);
    CHECK(w.jobs_in(run, "completed") == 1);
    CHECK(w.line->live(business) == 1);
  }
  SECTION("and the run is paused meanwhile") {
    w.tell(event);
    auto paused = w.ask<order_answer>(order_run{business, run, run_order::pause});
    CHECK(paused.result == write_result::applied);
    CHECK(w.line->live(business) == 0);
    CHECK(w.jobs_in(run, "queued") == 2);
    w.ask<order_answer>(order_run{business, run, run_order::resume});
    CHECK(w.line->live(business) == 1);
  }
  SECTION("and the limit is lowered meanwhile, by all") {
    w.base.sql("UPDATE businesses SET max_outbound_calls = 0");
    w.tell(event);
    w.ask<acknowledged>(settings_changed{business});
    CHECK(w.line->live(business) == 0);
  }
  w.complete_all(business);
  CHECK(w.line->highest(business) == 1);
  CHECK(w.count->supervisors_reloaded == 0);
}

TEST_CASE("a call whose end is told before its request is answered is over, once") {
  world w;
  w.line->decide = [](const place_call&) { return modelled_line::fate::held; };
  auto business = w.base.add_business(1);
  auto run = w.start_run(business, 1);
  auto& call = w.line->last();
  CHECK(w.report(call, carrier_status::ringing) == event_result::committed);
  CHECK(w.jobs_in(run, "calling") == 1);
  CHECK(w.complete(call) == event_result::committed);
  CHECK(w.jobs_in(run, "completed") == 1);
  w.line->answer(call); // it existed already: only the answer comes now
  w.settle();
  CHECK(w.jobs_in(run, "completed") == 1);
  CHECK(w.base.text("SELECT call_sid FROM outbound_call_jobs") == call.sid.value);
  CHECK(w.status_of(run) == "completed");
}

TEST_CASE("a request without an answer keeps its slot, and is not sent again") {
  world w;
  int sent = 0;
  w.line->decide = [&](const place_call&) {
    return ++sent == 1 ? modelled_line::fate::lost : modelled_line::fate::placed;
  };
  w.line->asking_fails = true; // nobody can be asked about it
  auto business = w.base.add_business(1);
  auto run = w.start_run(business, 3);
  CHECK(sent == 1);
  CHECK(w.base.number("SELECT count(*) FROM outbound_call_jobs WHERE in_doubt_since IS NOT NULL "
                      "AND status = 'dialing'") == 1);
  auto view = w.ask<slots_answer>(slots_query{business});
  REQUIRE(view.slots.size() == 1);
  CHECK(view.slots[0].state == slot_state::in_doubt);
  for (int i = 0; i < 600; ++i)
    w.advance(seconds{1});
  CHECK(sent == 1); // never freed by age

  SECTION("a callback with its token proves that it exists, and its end frees the slot") {
    auto& call = *w.line->calls().front();
    CHECK(w.report(call, carrier_status::in_progress, 1) == event_result::committed);
    CHECK(w.jobs_in(run, "calling") == 1);
    CHECK(w.base.number("SELECT count(*) FROM outbound_call_jobs WHERE in_doubt_since IS NOT "
                        "NULL") == 0);
    CHECK(w.complete(call) == event_result::committed);
    w.complete_all(business);
    CHECK(w.jobs_in(run, "completed") == 3);
    CHECK(sent == 3);
  }
}

TEST_CASE("callbacks that name no live attempt move nothing") {
  world w;
  auto business = w.base.add_business(1);
  auto run = w.start_run(business, 2);
  auto first = *w.line->calls().front();
  auto wrong_token = first;
  wrong_token.request.attempt.token = token(99);
  CHECK(w.report(wrong_token, carrier_status::completed) == event_result::stale);
  auto wrong_job = first;
  wrong_job.request.attempt.job = job_id{first.request.attempt.job.value + 1};
  CHECK(w.report(wrong_job, carrier_status::completed) == event_result::stale);
  auto wrong_call = first;
  wrong_call.sid = call_sid{"CA-another"};
  CHECK(w.report(wrong_call, carrier_status::completed) == event_result::stale);
  auto nowhere = first;
  nowhere.request.attempt.business = business_id{4711};
  CHECK(w.report(nowhere, carrier_status::completed) == event_result::stale);
  CHECK(w.jobs_in(run, "calling") == 1);

  w.complete(*w.line->calls().front());
  CHECK(w.report(first, carrier_status::completed, 3) == event_result::stale); // repeated
  CHECK(w.report(first, carrier_status::ringing, 1) == event_result::stale);   // late
  CHECK(w.jobs_in(run, "completed") == 1);
  CHECK(w.jobs_in(run, "calling") == 1);
}

TEST_CASE("news of a call that come in another order only ever move it forward") {
  world w;
  auto business = w.base.add_business(1);
  auto run = w.start_run(business, 1);
  auto& call = w.line->last();
  const auto progress = [&] {
    return w.ask<slots_answer>(slots_query{business}).slots.at(0).progress;
  };
  // Numbered 0 all of them, as some carriers do.
  for (auto status : {carrier_status::in_progress, carrier_status::ringing,
                      carrier_status::initiated, carrier_status::in_progress}) {
    CHECK(w.report(call, status) == event_result::committed);
    CHECK(progress() == carrier_status::in_progress);
  }
  CHECK(w.jobs_in(run, "calling") == 1);
  w.line->end(call);
  CHECK(w.report(call, carrier_status::completed) == event_result::committed);
  CHECK(w.report(call, carrier_status::no_answer, 5) == event_result::stale);
  CHECK(w.report(call, carrier_status::in_progress) == event_result::stale);
  CHECK(w.jobs_in(run, "completed") == 1);
}

TEST_CASE("two calls that the carrier gives one name are told apart by their tokens") {
  world w;
  w.line->decide = [](const place_call&) { return modelled_line::fate::held; };
  auto business = w.base.add_business(2);
  auto run = w.start_run(business, 2);
  REQUIRE(w.line->calls().size() == 2);
  auto &one = *w.line->calls()[0], &other = *w.line->calls()[1];
  other.sid = one.sid;
  w.line->answer(one);
  w.line->answer(other);
  w.settle();
  CHECK(w.jobs_in(run, "calling") == 2);
  CHECK(w.complete(one) == event_result::committed);
  CHECK(w.base.status_of(one.request.attempt.job) == "completed");
  CHECK(w.base.status_of(other.request.attempt.job) == "calling");
  CHECK_FALSE(other.hung_up);
  CHECK(w.complete(other, carrier_status::busy) == event_result::committed);
  CHECK(w.base.status_of(other.request.attempt.job) == "failed");
}

TEST_CASE("leads of one number in two runs are called one after the other, never both at once") {
  world w;
  auto business = w.base.add_business();
  auto a = w.base.add_lead(business, "+15558880001");
  auto b = w.base.add_lead(business, "+15558880001");
  auto first = w.base.add_run(business, {a});
  auto second = w.base.add_run(business, {b});
  w.ask<acknowledged>(run_created{business, first});
  w.ask<acknowledged>(run_created{business, second});
  CHECK(w.line->live(business) == 1);
  w.advance(seconds{60});
  CHECK(w.line->live(business) == 1);
  w.complete_all(business);
  CHECK(w.status_of(first) == "completed");
  CHECK(w.status_of(second) == "completed");
}

TEST_CASE("the carrier's pace holds over all businesses, and direct calls go first") {
  world_options options;
  options.limits.calls_per_second = 1;
  world w(options);
  auto business = w.base.add_business();
  auto other = w.base.add_business();
  w.start_run(business, 10);
  CHECK(w.line->calls().size() == 1);
  auto lead = w.base.add_leads(other, 1);
  call_directly direct{other, lead};
  (void)caf::anon_send(w.board, direct);
  w.advance(seconds{1});
  REQUIRE(w.line->calls().size() == 2);
  CHECK(w.line->last().request.attempt.business == other);
  for (int i = 0; i < 3; ++i)
    w.advance(seconds{1});
  CHECK(w.line->calls().size() == 4); // three slots of the first business
}

TEST_CASE("the script of an answered call is its run's, with what is known of the lead") {
  world w;
  auto business = w.base.add_business(1);
  auto leads = w.base.add_leads(business, 1);
  w.base.sql("UPDATE leads SET first_name = 'Dana'");
  auto run = w.base.add_run(business, leads);
  w.ask<acknowledged>(run_created{business, run});
  auto& call = w.line->last();
  script_query query{call.request.attempt, call.sid, "", w.now()};
  for (int times = 0; times < 2; ++times) { // fetched once more, it says the same
    auto answer = w.ask<script_answer>(query);
    CHECK(answer.result == event_result::committed);
    CHECK(answer.phone == call.request.to);
    CHECK(answer.first_name == "Dana");
  }
  query.attempt.token = token(5);
  CHECK(w.ask<script_answer>(query).result == event_result::stale);
}
