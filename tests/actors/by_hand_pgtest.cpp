// What a person at the console does with a business: the truth read again, calls in doubt settled.
#include "actors/node_actors.hpp"
#include "tests/support/actor_world.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;
using namespace ringmaster::test;

namespace {

using fate = modelled_line::fate;

/// One slot, one lead; its create request got no answer, and the carrier's list shows nothing yet.
struct doubtful_world {
  explicit doubtful_world(fate what) {
    w.line->decide = [what, first = true](const place_call&) mutable {
      return std::exchange(first, false) ? what : fate::placed;
    };
    w.line->visible = [this](const modelled_line::call&) { return shows; };
    business = w.base.add_business(1);
    run = w.start_run(business, 1);
    job = w.base.jobs_of(run)[0];
    REQUIRE(doubts() == 1);
  }

  std::int64_t doubts() {
    return w.base.number(
        "SELECT count(*) FROM outbound_call_jobs WHERE in_doubt_since IS NOT NULL");
  }
  by_hand_answer order(hand_work what, const std::string& sid = {}) {
    return w.ask<by_hand_answer>(by_hand{business, what, job, call_sid{sid}, "console uid=7"});
  }
  std::string audited() {
    return w.base.text("SELECT coalesce(string_agg(who || ' ' || what, ','), '') FROM audit_log");
  }

  world w;
  bool shows = false;
  business_id business;
  run_id run;
  job_id job;
};

} // namespace

TEST_CASE("a call in doubt is given the name that a person found, and ends as the carrier says") {
  doubtful_world x{fate::lost};
  auto& call = *x.w.line->calls().front();
  CHECK(x.order(hand_work::adopt, call.sid.value).done);
  CHECK(x.doubts() == 0);
  CHECK(x.w.jobs_in(x.run, "calling") == 1);
  CHECK(x.audited() == "console uid=7 doubt.adopt");
  CHECK_FALSE(x.order(hand_work::adopt, call.sid.value).done);
  CHECK(x.w.complete(call) == event_result::committed);
  CHECK(x.w.jobs_in(x.run, "completed") == 1);
  CHECK(x.w.line->calls().size() == 1);
}

TEST_CASE("a call that was adopted wrongly keeps its slot: no word of a person ends a call") {
  doubtful_world x{fate::lost_uncreated};
  CHECK(x.order(hand_work::adopt, "CA0000000000000000000000000000dead").done);
  x.w.pass(600);
  CHECK(x.w.jobs_in(x.run, "calling") == 1);
  CHECK(x.w.count->calls_missing == 1);
}

TEST_CASE("a name that is another call's is not taken") {
  doubtful_world x{fate::lost};
  CHECK_FALSE(x.order(hand_work::adopt).done);
  x.w.base.sql("INSERT INTO call_attempts (business_id, job_id, attempt, lead_id, phone_e164,"
               " dial_lock_token, call_sid, slot, started_at, ended_at)"
               " SELECT business_id, id, 0, lead_id, phone_e164, gen_random_uuid(), 'CAold', 1,"
               " dial_started_at, dial_started_at FROM outbound_call_jobs");
  const auto refused = x.order(hand_work::adopt, "CAold");
  CHECK_FALSE(refused.done);
  CHECK(refused.told == "that call belongs to an attempt that has ended");
  CHECK(x.doubts() == 1);
  CHECK(x.audited().empty());
}

TEST_CASE("a call that never was is given up on a person's word, once its request is over") {
  doubtful_world x{fate::lost_uncreated};
  const auto early = x.order(hand_work::never_placed);
  CHECK_FALSE(early.done);
  CHECK(early.told.find("may still be on its way") != std::string::npos);
  CHECK(x.doubts() == 1);
  x.w.advance(x.w.house->dialing.send_deadline + x.w.house->looking.answer_time);
  CHECK(x.order(hand_work::never_placed).done);
  x.w.advance(seconds{1});
  CHECK(x.audited() == "console uid=7 doubt.never_placed");
  CHECK(x.w.line->live(x.business) == 1); // called again, as the business has it
  CHECK(x.w.jobs_in(x.run, "calling") == 1);
}

TEST_CASE("a call that is not in doubt is no matter for hands") {
  world w;
  const auto business = w.base.add_business(1);
  const auto run = w.start_run(business, 1);
  const auto job = w.base.jobs_of(run)[0];
  for (auto what : {hand_work::adopt, hand_work::never_placed})
    CHECK_FALSE(w.ask<by_hand_answer>(by_hand{business, what, job, call_sid{"CA1"}, "x"}).done);
  CHECK(w.jobs_in(run, "calling") == 1);
}

TEST_CASE("reconcile now asks the carrier about every call that has a name") {
  world w;
  const auto business = w.base.add_business(3);
  w.start_run(business, 3);
  const auto before = w.line->fetches;
  CHECK(w.ask<by_hand_answer>(by_hand{business, hand_work::look_now, {}, {}, "x"}).done);
  w.advance(seconds{1}); // questions go out at a pace
  CHECK(w.line->fetches == before + 3);
  w.line->end(w.line->last());
  CHECK(w.ask<by_hand_answer>(by_hand{business, hand_work::look_now, {}, {}, "x"}).done);
  w.advance(seconds{1});
  CHECK(w.jobs_in("completed") == 1);
}

TEST_CASE("a supervisor that is told to starts over, and its calls keep their slots") {
  world w;
  const auto business = w.base.add_business(2);
  const auto run = w.start_run(business, 4);
  auto& call = w.line->last();
  CHECK(w.ask<by_hand_answer>(by_hand{business, hand_work::read_again, {}, {}, "x"}).done);
  w.advance(seconds{10});
  CHECK(w.count->supervisors_reloaded == 1);
  CHECK(w.line->live(business) == 2);
  CHECK(w.complete(call) == event_result::committed);
  w.complete_all(business);
  CHECK(w.jobs_in(run, "completed") == 4);
  CHECK(w.line->highest(business) == 2);
}

TEST_CASE("the roster knows every actor that lives, and what it has handled") {
  world w;
  auto roster = std::make_shared<actor_roster>();
  auto heard = std::make_shared<std::atomic<bool>>(false);
  auto feed = spawn_event_feed(w.system(), roster, heard);
  w.settle();
  REQUIRE(roster->views("event_feed").size() == 1);
  CHECK(roster->views("event_feed")[0].handled == 0);
  for (int i = 0; i < 3; ++i)
    caf::anon_send(feed, event{});
  CHECK(roster->views("event_feed")[0].waiting == 3);
  w.settle();
  CHECK(roster->views("event_feed")[0].handled == 3);
  CHECK(roster->views("event_feed")[0].waiting == 0);
  caf::anon_send_exit(feed, caf::exit_reason::user_shutdown);
  w.settle();
  CHECK(roster->views().empty());
}
