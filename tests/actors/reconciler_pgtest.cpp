// What the carrier tells when asked: lost ends, requests without an answer, calls that never were.
#include "tests/support/actor_world.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;
using namespace ringmaster::test;

namespace {

using fate = modelled_line::fate;

/// Seconds until it holds; a failed test when it does not within `most`.
template <class Condition>
int seconds_until(world& w, int most, Condition condition) {
  for (int i = 0; i <= most; ++i) {
    if (condition()) return i;
    w.advance(seconds{1});
  }
  FAIL("not within " << most << " s:\n" << w.log());
  return most;
}

/// Only the first request meets that fate.
void first_meets(world& w, fate what) {
  w.line->decide = [what, first = true](const place_call&) mutable {
    return std::exchange(first, false) ? what : fate::placed;
  };
}

int times_called(world& w, business_id business, const phone_number& number) {
  auto calls = w.line->created_by_number(business);
  return calls[number.value];
}

std::int64_t in_doubt(world& w) {
  return w.base.number("SELECT count(*) FROM outbound_call_jobs WHERE in_doubt_since IS NOT NULL");
}

// send deadline 5 s, connect and answer time 20 s, grace 60 s
constexpr int whole_grace = 85;

} // namespace

TEST_CASE("a lost end frees its slot within 60 s of it plus one polling period") {
  world w;
  auto business = w.base.add_business(1);
  auto run = w.start_run(business, 2);
  auto& call = w.line->last();

  SECTION("of a call that was heard to be in progress") {
    w.report(call, carrier_status::in_progress, 2);
    w.pass(130);
    CHECK(w.jobs_in(run, "calling") == 1); // it lives: however long, it keeps its slot
  }
  SECTION("of a call that was never heard of again") {
    w.pass(17);
  }
  w.line->end(call);
  auto poll = static_cast<int>(w.house->looking.talk_poll.count());
  auto waited = seconds_until(w, 600, [&] { return w.jobs_in(run, "completed") == 1; });
  CHECK(waited <= 60 + poll);
  CHECK(w.line->live(business) == 1); // the next lead has the slot
  CHECK(w.count->calls_reconciled == 1);
  CHECK(w.base.text("SELECT ended_at - dial_started_at < '150 s' FROM outbound_call_jobs WHERE "
                    "status = 'completed'") == "t");
}

TEST_CASE("the first call after a business had nothing to do is looked after like any other") {
  world w;
  auto business = w.base.add_business(1);
  w.ask<slots_answer>(slots_query{business}); // its supervisor is up, without a timer
  w.pass(10);
  first_meets(w, fate::held); // not even the request's answer makes anybody look
  auto run = w.start_run(business, 1);
  w.line->end(w.line->last());
  seconds_until(w, 130, [&] { return w.jobs_in(run, "completed") == 1; });
  CHECK(w.count->calls_reconciled == 1);
}

TEST_CASE("a call that failed without a word is failed when it is asked for") {
  world w;
  auto business = w.base.add_business(1);
  auto run = w.start_run(business, 2);
  auto& call = w.line->last();
  w.report(call, carrier_status::in_progress, 2);
  w.pass(5);
  call.status = carrier_status::failed;
  w.line->end(call);
  seconds_until(w, 121, [&] { return w.jobs_in(run, "failed") == 1; });
  CHECK(w.base.text("SELECT outcome FROM outbound_call_jobs WHERE status = 'failed'") == "failed");
  CHECK(w.line->live(business) == 1);
}

TEST_CASE("a call in the carrier's queue keeps its slot for a day, until the carrier gives it up") {
  world w;
  auto business = w.base.add_business(1);
  auto run = w.start_run(business, 2);
  auto& call = w.line->last();
  call.status = carrier_status::queued;
  for (int minute = 0; minute < 24 * 60; ++minute)
    w.advance(seconds{60});
  CHECK(w.line->calls().size() == 1);
  CHECK(w.jobs_in(run, "calling") == 1);
  SECTION("and says so") {
    CHECK(w.complete(call, carrier_status::canceled) == event_result::committed);
  }
  SECTION("and is asked") {
    call.status = carrier_status::canceled;
    w.line->end(call);
    seconds_until(w, 121, [&] { return w.jobs_in(run, "failed") == 1; });
  }
  CHECK(w.base.text("SELECT outcome FROM outbound_call_jobs WHERE status = 'failed'") ==
        "canceled");
  CHECK(w.line->calls().size() == 2);
}

TEST_CASE("a call in doubt that is live is adopted, and its end frees the slot") {
  world w;
  first_meets(w, fate::lost);
  auto business = w.base.add_business(1);
  auto run = w.start_run(business, 2);
  auto& call = *w.line->calls().front();
  seconds_until(w, 3, [&] { return w.jobs_in(run, "calling") == 1; });
  CHECK(in_doubt(w) == 0);
  CHECK(w.base.text("SELECT call_sid FROM outbound_call_jobs WHERE status = 'calling'") ==
        call.sid.value);
  w.pass(300);
  CHECK(w.line->calls().size() == 1);
  CHECK(w.complete(call) == event_result::committed);
  w.complete_all(business);
  CHECK(w.jobs_in(run, "completed") == 2);
  CHECK(times_called(w, business, call.request.to) == 1);
}

TEST_CASE("a call in doubt that has ended meanwhile is over, with its outcome") {
  world w;
  first_meets(w, fate::lost);
  auto business = w.base.add_business(1);
  w.line->visible = [&](const modelled_line::call& call) {
    return w.now() - call.created_at > seconds{20}; // the list is late
  };
  auto run = w.start_run(business, 2);
  w.pass(5);
  w.line->end(*w.line->calls().front());
  CHECK(w.jobs_in(run, "dialing") == 1);
  seconds_until(w, 60, [&] { return w.jobs_in(run, "completed") == 1; });
  CHECK(w.base.text("SELECT outcome FROM outbound_call_jobs WHERE status = 'completed'") ==
        "answered");
  CHECK(w.line->live(business) == 1);
}

TEST_CASE("a call that the list shows late, but within the grace, is never placed again") {
  world w;
  first_meets(w, fate::lost);
  auto business = w.base.add_business(1);
  w.line->visible = [&](const modelled_line::call& call) {
    return w.now() - call.created_at > seconds{whole_grace - 10};
  };
  auto run = w.start_run(business, 1);
  w.pass(300);
  CHECK(w.line->calls().size() == 1);
  CHECK(w.jobs_in(run, "calling") == 1);
}

TEST_CASE("a call that never was is placed again, under a new token, after the whole grace") {
  world w;
  first_meets(w, fate::lost_uncreated);
  auto business = w.base.add_business(1);
  auto run = w.start_run(business, 1);
  auto number = w.line->last().request.to;
  auto first = w.line->last().request.attempt;
  w.pass(whole_grace - 2);
  CHECK(in_doubt(w) == 1);
  CHECK(w.line->calls().size() == 1); // not yet
  auto waited = seconds_until(w, 60, [&] { return w.line->calls().size() == 2; });
  CHECK(waited <= 5); // its turn to be asked was set for the end of the grace
  auto& second = w.line->last();
  CHECK(second.request.attempt.job == first.job);
  CHECK(second.request.attempt.token != first.token);
  CHECK(times_called(w, business, number) == 1);
  CHECK(w.base.number("SELECT attempts FROM outbound_call_jobs") == 2);
  CHECK(w.base.number("SELECT count(*) FROM call_attempts WHERE outcome IS NULL") == 1);
  w.complete_all(business);
  CHECK(w.jobs_in(run, "completed") == 1);
  CHECK(w.status_of(run) == "completed");
}

TEST_CASE("a clock that jumps ahead is no grace, and one that is set back stops nothing") {
  world w;
  first_meets(w, fate::lost);
  bool shown = false;
  w.line->visible = [&](const modelled_line::call&) { return shown; };
  auto business = w.base.add_business(1);
  auto run = w.start_run(business, 2);
  w.pass(3);
  w.set_clock(std::chrono::hours{2});
  w.pass(15);
  CHECK(w.line->calls().size() == 1);
  CHECK(w.jobs_in(run, "dialing") == 1);
  w.set_clock(-std::chrono::hours{2});
  w.pass(20);
  shown = true;
  seconds_until(w, 7200, [&] { return w.jobs_in(run, "calling") == 1; });
  w.complete_all(business);
  CHECK(w.jobs_in(run, "completed") == 2);
  CHECK(w.line->calls().size() == 2);
}

TEST_CASE("a business that wants no second try gets the job failed in doubt") {
  world w;
  first_meets(w, fate::lost_uncreated);
  auto business = w.base.add_business(1);
  w.base.sql("UPDATE businesses SET redial_in_doubt = false");
  auto run = w.start_run(business, 2);
  seconds_until(w, whole_grace + 5, [&] { return w.jobs_in(run, "failed") == 1; });
  CHECK(w.base.text("SELECT outcome FROM outbound_call_jobs WHERE status = 'failed'") ==
        "in_doubt");
  w.complete_all(business);
  CHECK(w.jobs_in(run, "completed") == 1);
  CHECK(w.line->calls().size() == 2);
}

TEST_CASE("a list that can't be had proves nothing, however long") {
  world w;
  first_meets(w, fate::lost_uncreated);
  auto business = w.base.add_business(1);
  auto run = w.start_run(business, 1);
  w.line->asking_fails = true;
  w.pass(900);
  CHECK(w.jobs_in(run, "dialing") == 1);
  CHECK(w.line->calls().size() == 1);
  CHECK(w.line->lists < 60); // backing off, not hammering
  w.line->asking_fails = false;
  seconds_until(w, 61, [&] { return w.line->calls().size() == 2; });
  w.complete_all(business);
  CHECK(w.jobs_in(run, "completed") == 1);
}

TEST_CASE("a former call to the same number is not taken for the one in doubt") {
  world w;
  auto business = w.base.add_business(1);
  auto lead = w.base.add_lead(business, "+15557770001");
  w.ask<call_directly_answer>(call_directly{business, {lead}});
  auto former = w.line->last().sid;
  w.complete(w.line->last());
  // At once again: both were made within the skew of the carrier's clock.
  first_meets(w, fate::lost_uncreated);
  w.ask<call_directly_answer>(call_directly{business, {lead}});
  w.pass(30);
  CHECK(in_doubt(w) == 1);
  CHECK(w.base.number("SELECT count(*) FROM outbound_call_jobs WHERE call_sid = '" + former.value +
                      "'") == 1);
  seconds_until(w, 90, [&] { return w.line->live(business) == 1; });
}

TEST_CASE("a thousand calls in doubt are asked for at the carrier's pace") {
  world_options options;
  options.look_limits = {20, 4};
  world w(options);
  w.line->decide = [](const place_call&) { return fate::lost; };
  std::vector<business_id> businesses;
  for (int i = 0; i < 100; ++i) {
    businesses.push_back(w.base.add_business(10));
    w.start_run(businesses.back(), 10);
  }
  w.base.sql("UPDATE outbound_call_runs SET concurrency = 10");
  w.crash(); // the runs go on with ten calls each
  auto asked = w.line->lists + w.line->fetches;
  int most = 0;
  for (int i = 0; i < 70; ++i) {
    for (int part = 0; part < 20; ++part)
      w.advance(milliseconds{50});
    most = std::max(most, w.line->lists + w.line->fetches - asked);
    asked = w.line->lists + w.line->fetches;
  }
  CHECK(most <= 22); // the pace, and a burst of a tenth of a second
  CHECK(in_doubt(w) == 0);
  CHECK(w.jobs_in("calling") == 1000);
  for (auto business : businesses)
    CHECK(w.line->highest(business) == 10);
}

TEST_CASE("after a crash in every state nobody is called twice and every slot comes free") {
  world w;
  int n = 0;
  w.line->decide = [&](const place_call&) {
    static constexpr std::array fates{fate::placed, fate::held, fate::unsent, fate::lost,
                                      fate::lost_uncreated};
    return n < 5 ? fates[static_cast<std::size_t>(n++)] : fate::placed;
  };
  auto business = w.base.add_business(5);
  auto run = w.base.add_run(business, w.base.add_leads(business, 9));
  w.base.sql("UPDATE outbound_call_runs SET concurrency = 5");
  auto paused = w.base.add_run(business, w.base.add_leads(business, 2));
  w.base.sql("UPDATE outbound_call_runs SET status = 'paused' WHERE id = " +
             std::to_string(paused.value));
  w.ask<acknowledged>(run_created{business, run});
  REQUIRE(w.jobs_in("dialing") + w.jobs_in("calling") == 5);
  w.crash();
  CHECK(w.line->live(business) <= 5);
  w.pass(10);
  CHECK(w.jobs_in("calling") == 3); // placed, held and lost exist
  CHECK(in_doubt(w) == 2);
  CHECK(w.jobs_in(run, "queued") == 4);
  w.line->end(*w.line->live_calls(business).front()); // its end is told to nobody
  for (int i = 0; i < 300; ++i) {
    w.advance(seconds{1});
    w.complete_all(business);
    REQUIRE(w.line->live(business) <= 5);
  }
  CHECK(w.jobs_in(run, "completed") == 9);
  CHECK(w.status_of(run) == "completed");
  CHECK(w.status_of(paused) == "paused");
  CHECK(w.line->highest(business) <= 5);
  for (const auto& [number, times] : w.line->created_by_number(business))
    CHECK(times == 1);
}

TEST_CASE("calls that ended while nobody listened are found out at the next start") {
  world w;
  auto business = w.base.add_business();
  auto run = w.start_run(business, 6);
  for (auto* call : w.line->live_calls(business))
    w.line->end(*call);
  w.crash();
  seconds_until(w, 2, [&] { return w.jobs_in(run, "completed") == 3; });
  CHECK(w.line->live(business) == 3);
  w.complete_all(business);
  CHECK(w.jobs_in(run, "completed") == 6);
}

TEST_CASE("a call in doubt is found under the number that the business had then") {
  world w;
  first_meets(w, fate::lost);
  auto business = w.base.add_business(1);
  w.line->visible = [](const modelled_line::call&) { return false; };
  auto run = w.start_run(business, 1);
  auto former = w.line->last().request.from;
  w.base.sql(
      "UPDATE businesses SET former_phones = ARRAY[phone_e164], phone_e164 = '+18005550199'");
  w.crash();
  w.line->visible = [](const modelled_line::call&) { return true; };
  seconds_until(w, 60, [&] { return w.jobs_in(run, "calling") == 1; });
  CHECK(w.line->last().request.from == former);
  CHECK(w.line->calls().size() == 1);
}

TEST_CASE("a call that the carrier does not know keeps its slot, and people are told") {
  world_options options;
  SECTION("for ever") {
    world w(options);
    auto business = w.base.add_business(1);
    auto run = w.start_run(business, 2);
    w.line->visible = [](const modelled_line::call&) { return false; };
    w.pass(7200);
    CHECK(w.jobs_in(run, "calling") == 1);
    CHECK(w.line->calls().size() == 1);
    CHECK(w.count->calls_missing == 1);
    CHECK(w.log().find("ALARM: the carrier does not know a call") != std::string::npos);
    w.complete_all(business); // its callback comes after all
    CHECK(w.count->calls_missing_settled == 1);
    CHECK(w.jobs_in(run, "completed") == 2);
  }
  SECTION("or as long as was set") {
    options.looking.gone_after = seconds{600};
    world w(options);
    auto business = w.base.add_business(1);
    auto run = w.start_run(business, 2);
    auto lost = w.line->last().sid;
    w.line->visible = [&](const modelled_line::call& call) { return call.sid != lost; };
    seconds_until(w, 600 + 200, [&] { return w.jobs_in(run, "failed") == 1; });
    CHECK(w.base.text("SELECT outcome FROM outbound_call_jobs WHERE status = 'failed'") ==
          "in_doubt");
  }
}

TEST_CASE("hanging up is repeated until the call has ended") {
  world w;
  auto business = w.base.add_business(1);
  auto run = w.start_run(business, 3);
  w.ask<order_answer>(order_run{business, run, run_order::stop, true});
  CHECK(w.line->hang_ups == 1);
  w.pass(120);
  CHECK(w.line->hang_ups > 3);
  CHECK(w.line->hang_ups < 20);
  w.line->hang_up_works = true; // and its callback is lost
  seconds_until(w, 60, [&] { return w.jobs_in(run, "calling") == 0; });
  CHECK(w.line->live(business) == 0);
}
