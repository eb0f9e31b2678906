#include "actors/overdue.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;

namespace {

time_point at(int s) {
  return time_point{seconds{1'000'000 + s}};
}

/// A call that was placed at 0 under the defaults: sent by 5, answered by 25, grace until 85.
slot_entry placed() {
  slot_entry entry;
  entry.slot = slot_number{1};
  entry.state = slot_state::dialing;
  entry.token = dial_token{0, 1};
  entry.dialed_at = entry.look.news_at = at(0);
  entry.look.sent_by = at(5);
  return entry;
}

slot_entry named() {
  auto entry = placed();
  entry.state = slot_state::calling;
  entry.name(call_sid{"CA1"});
  return entry;
}

std::optional<time_point> due(const slot_entry& entry, const looking_settings& rules = {}) {
  return look_due(entry, seconds{60}, rules);
}

} // namespace

TEST_CASE("slots without a call are never looked into") {
  slot_entry entry;
  CHECK_FALSE(due(entry));
  entry.state = slot_state::reserved;
  CHECK_FALSE(due(entry));
  auto over = named();
  over.giving_up = true;
  CHECK_FALSE(due(over));
}

TEST_CASE("a ringing call is due when its end must have been told") {
  auto entry = named();
  CHECK(*due(entry) == at(70));
  entry.look.news_at = at(10);
  CHECK(*due(entry) == at(80));
  entry.look.heard_at = at(80); // it rings on, the carrier says
  CHECK(*due(entry) == at(140));
}

TEST_CASE("a call in progress is due after the polling period without news") {
  auto entry = named();
  entry.progress = carrier_status::in_progress;
  entry.look.news_at = at(100);
  CHECK(*due(entry) == at(160));
  entry.look.heard_at = at(161);
  CHECK(*due(entry) == at(221));
}

TEST_CASE("one question at a time, unless it was lost") {
  auto entry = named();
  entry.look.asked_at = at(70);
  CHECK(*due(entry) == at(970));
}

TEST_CASE("a call found in the database is due at once") {
  auto entry = named();
  entry.look.urgent = true;
  CHECK(*due(entry) == at(0));
}

TEST_CASE("a request without an answer is due when its answer can't come any more") {
  CHECK(*due(placed()) == at(26));
}

TEST_CASE(
    "a call in doubt is due at once, then after growing pauses, and at the end of the grace") {
  auto entry = placed();
  entry.state = slot_state::in_doubt;
  entry.look.news_at = at(20);
  CHECK(*due(entry) == at(20));
  entry.look.heard_at = at(20);
  entry.look.retries = 1;
  CHECK(*due(entry) == at(21));
  entry.look.retries = 3;
  CHECK(*due(entry) == at(24));
  entry.look.retries = 30;
  CHECK(*due(entry) == at(50)); // the longest pause
  CHECK(grace_end(entry.look, {}) == at(85));
  entry.look.heard_at = at(60);
  CHECK(*due(entry) == at(85)); // not later: its slot waits for the proof
  entry.look.heard_at = at(85);
  CHECK(*due(entry) == at(115));
}

TEST_CASE("only what was asked after the grace proves that there is no call") {
  looking_settings rules;
  auto look = placed().look;
  look.news_at = at(20);
  for (int i = 20; i <= 80; i += 20)
    note_answer(look, at(i), rules);
  CHECK(look.waited == seconds{60});
  CHECK_FALSE(proves_absence(look, at(84), rules));
  CHECK(proves_absence(look, at(85), rules));
}

TEST_CASE("the pauses between the questions count in full: the proof comes with the grace's end") {
  looking_settings rules;
  auto look = placed().look;
  look.news_at = at(25); // the usual case: no answer in time
  for (int moment : {25, 26, 28, 32, 40, 56, 85})
    note_answer(look, at(moment), rules);
  CHECK(proves_absence(look, at(85), rules));
}

TEST_CASE("a clock that jumps proves nothing") {
  looking_settings rules;
  rules.longest_pause = milliseconds{10'000};
  auto look = placed().look;
  note_answer(look, at(1), rules);
  note_answer(look, at(7200), rules);
  CHECK(look.waited == milliseconds{13'500});
  CHECK_FALSE(proves_absence(look, at(7200), rules));
  note_answer(look, at(3600), rules); // and back
  CHECK(look.waited == milliseconds{13'500});
}

TEST_CASE("no usable answer and an unknown name are asked again after growing pauses") {
  auto entry = named();
  entry.look.heard_at = at(70);
  entry.look.retries = 2;
  CHECK(*due(entry) == at(72));
}

TEST_CASE("a call that was told to end is asked for soon, again and again") {
  auto entry = named();
  entry.look.hang_up_at = at(10);
  entry.look.hang_ups = 1;
  CHECK(*due(entry) == at(11));
  entry.look.hang_up_at = at(11);
  entry.look.hang_ups = 4;
  CHECK(*due(entry) == at(19));
}

TEST_CASE("a stray is asked for after growing pauses") {
  look_record look;
  look.news_at = at(0);
  CHECK(stray_due(look, {}) == at(1));
  look.heard_at = at(1);
  look.retries = 2;
  CHECK(stray_due(look, {}) == at(3));
}

TEST_CASE("no call is due sooner than the shortest wait") {
  looking_settings rules;
  CHECK(shortest_wait(seconds{60}, rules) == seconds{26});
  CHECK(shortest_wait(seconds{5}, rules) == seconds{15});
  rules.talk_poll = seconds{3};
  CHECK(shortest_wait(seconds{60}, rules) == seconds{3});
}
