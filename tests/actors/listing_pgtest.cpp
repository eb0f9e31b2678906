// Many calls to ask for at once: the carrier's list of live calls answers, and frees nothing.
#include "tests/support/actor_world.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;
using namespace ringmaster::test;

namespace {

/// A crash finds a thousand live calls of a hundred businesses; some end while nobody listens.
void lose_thousand(world& w, std::size_t ended) {
  for (int i = 0; i < 100; ++i)
    w.start_run(w.base.add_business(10), 10);
  w.base.sql("UPDATE outbound_call_runs SET concurrency = 10");
  w.crash(); // the runs go on with ten calls each
  w.pass(1);
  REQUIRE(w.jobs_in("calling") == 1000);
  for (std::size_t i = 0; i < ended; ++i)
    w.line->end(*w.line->calls()[i * 1000 / ended]);
  w.crash();
}

/// A second in small steps: each lets the reconciler go on at its pace.
void pass_second(world& w) {
  for (int part = 0; part < 20; ++part)
    w.advance(milliseconds{50});
}

void pass(world& w, int time_s) {
  for (int i = 0; i < time_s; ++i)
    pass_second(w);
}

/// Seconds until so many ends are known, or more than `most`.
int until_completed(world& w, int count, int most) {
  int passed = 0;
  for (; w.jobs_in("completed") < count && passed <= most; ++passed)
    pass_second(w);
  return passed;
}

} // namespace

TEST_CASE("a thousand live calls are found by a few pages, and only the others are asked for by "
          "name") {
  world w;
  lose_thousand(w, 50);
  CHECK(until_completed(w, 50, 10) <= 4);
  pass(w, 20);
  CHECK(w.jobs_in("calling") == 950);
  CHECK(w.count->calls_reconciled == 50);
  // 950 calls on pages of 50, and one page for each of the other two states; read at most twice,
  // since some begin to be asked for when their page has passed.
  CHECK(w.line->pages <= 44);
  CHECK(w.line->fetches <= 50 + 40);
  CHECK(w.count->looks_listed >= 900);
}

TEST_CASE("a call that the list does not show keeps its slot and is asked for by name") {
  world w;
  lose_thousand(w, 0);
  const auto hidden = w.line->calls()[700]->sid;
  w.line->listed = [&](const modelled_line::call& call) { return call.sid != hidden; };
  pass(w, 30);
  CHECK(w.jobs_in("calling") == 1000);
  CHECK(w.count->looks_listed >= 900);
  CHECK(w.line->fetched.count(hidden.value) == 1);
}

TEST_CASE("where the carrier has no such list, all are asked for by name") {
  world w;
  lose_thousand(w, 50);
  w.line->listing_refused = true;
  CHECK(until_completed(w, 50, 60) <= 60);
  CHECK(w.line->pages < 20);
}

TEST_CASE("a list that can't be had frees nothing, and is had once the carrier is back") {
  world w;
  lose_thousand(w, 50);
  w.line->asking_fails = true;
  const auto calling = w.jobs_in("calling"); // the first questions may have been answered
  REQUIRE(calling >= 990);
  pass(w, 120);
  CHECK(w.jobs_in("calling") == calling);
  CHECK(w.line->pages + w.line->fetches < 60); // backing off
  w.line->asking_fails = false;
  CHECK(until_completed(w, 50, 120) <= 120);
  CHECK(w.jobs_in("calling") == 950);
}
