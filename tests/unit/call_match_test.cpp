#include "actors/call_match.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;

namespace {

time_point at(int s) {
  return time_point{seconds{1'000'000 + s}};
}

seen_call call(const char* sid, int created, carrier_status status = carrier_status::ringing) {
  seen_call one;
  one.sid = call_sid{sid};
  one.status = status;
  one.direction = "outbound-api";
  one.created_at = at(created);
  return one;
}

dial_token token(std::string_view word) {
  return {1, std::hash<std::string_view>{}(word)};
}

past_attempt past(const char* of, const char* sid, int started,
                  caf::optional<call_outcome> outcome = {}) {
  return {job_id{1}, token(of), call_sid{sid}, outcome, at(started)};
}

bool nothing_bound(const call_sid&) {
  return false;
}

} // namespace

TEST_CASE("only calls made through the API that are nobody's can be an attempt's") {
  auto inbound = call("CA1", 0), child = call("CA2", 0), untold = call("CA3", 0),
       bound = call("CA4", 0);
  inbound.direction = "inbound";
  child.direction = "outbound-dial";
  untold.direction.clear();
  auto open = unbound_calls({inbound, child, untold, bound, call("CA5", 0)},
                            [](const call_sid& sid) { return sid.value == "CA4"; });
  REQUIRE(open.size() == 2);
  CHECK(open[0].sid.value == "CA3");
  CHECK(open[1].sid.value == "CA5");
  CHECK(unbound_calls({inbound}, nothing_bound).empty());
}

TEST_CASE("a call made before the attempt, by more than the clocks differ, is not its call") {
  CHECK(match_calls({call("CA1", -30)}, at(0), seconds{30}).ours);
  auto old = match_calls({call("CA1", -31)}, at(0), seconds{30});
  CHECK_FALSE(old.ours);
  CHECK(old.older.size() == 1);
  // One that has ended tells nothing.
  CHECK(
      match_calls({call("CA1", -31, carrier_status::completed)}, at(0), seconds{30}).older.empty());
  auto timeless = call("CA1", 0);
  timeless.created_at = caf::none;
  CHECK(match_calls({timeless}, at(0), seconds{30}).ours);
}

TEST_CASE("of two calls of one attempt a live one is adopted, another live one is told") {
  auto ended = call("CA1", 1, carrier_status::completed);
  auto match = match_calls({ended, call("CA2", 2), call("CA3", 3)}, at(0), seconds{30});
  CHECK(match.ours->sid.value == "CA2");
  REQUIRE(match.doubles.size() == 1);
  CHECK(match.doubles[0].sid.value == "CA3");
  auto over = match_calls({ended}, at(0), seconds{30});
  CHECK(over.ours->sid.value == "CA1");
  CHECK(over.doubles.empty());
}

TEST_CASE("a late call belongs to the last nameless attempt before it") {
  std::vector<past_attempt> attempts = {past("a", "", 0), past("b", "", 100), past("c", "CA9", 150),
                                        past("d", "", 300)};
  auto* found = attempt_of_stray(attempts, call("CA1", 110), seconds{30});
  REQUIRE(found != nullptr);
  CHECK(found->token == token("b"));
  CHECK(attempt_of_stray({past("c", "CA9", 0)}, call("CA1", 110), seconds{30}) == nullptr);
}

TEST_CASE("news of a live call under an ended attempt's token") {
  recall_answer known;
  known.phone = phone_number{"+15550001"};
  known.attempts = {past("done", "CA1", 0, call_outcome::answered), past("given up", "", 100),
                    past("forgotten", "CA2", 200, call_outcome::in_doubt)};
  const auto done = token("done"), given_up = token("given up"), forgotten = token("forgotten"),
             unknown = token("unknown");
  CHECK_FALSE(is_stray(known, done, call_sid{"CA1"})); // late news
  CHECK(is_stray(known, done, call_sid{"CA7"}));       // a second call of it
  CHECK(is_stray(known, given_up, call_sid{"CA7"}));
  CHECK(is_stray(known, forgotten, call_sid{"CA2"})); // it had not ended at all
  CHECK(is_stray(known, unknown, call_sid{"CA7"}));   // signed, so it is a call of ours
  known.phone = {};
  CHECK_FALSE(is_stray(known, given_up, call_sid{"CA7"})); // there is no such job
}
