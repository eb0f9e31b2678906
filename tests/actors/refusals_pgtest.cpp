// What the carrier refuses: who waits, who fails, and what it costs.
#include "tests/support/actor_world.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;
using namespace ringmaster::test;

namespace {

create_reply refusal(int status, int code) {
  create_reply reply;
  reply.result = line_result::answered;
  reply.http_status = status;
  reply.error_code = code;
  return reply;
}

} // namespace

TEST_CASE(
    "a carrier that asks to slow down gets the same lead again later, and no attempt is lost") {
  world w;
  int refused = 0;
  w.line->refuse = [&](const place_call&) -> std::optional<create_reply> {
    if (refused == 4) return std::nullopt;
    ++refused;
    auto reply = refusal(429, 20429);
    reply.retry_after = seconds{2};
    return reply;
  };
  auto business = w.base.add_business();
  auto run = w.start_run(business, 5);
  CHECK(refused == 3);
  CHECK(w.line->live(business) == 0);
  for (int i = 0; i < 30; ++i)
    w.advance(seconds{1});
  CHECK(w.line->live(business) == 3);
  w.complete_all(business);
  for (int i = 0; i < 30; ++i) {
    w.advance(seconds{1});
    w.complete_all(business);
  }
  CHECK(w.jobs_in(run, "completed") == 5);
  CHECK(w.base.number("SELECT max(attempts) FROM outbound_call_jobs") == 1);
  CHECK(w.status_of(run) == "completed");
}

TEST_CASE("refused credentials hold everything and lose nothing") {
  world w;
  int asked = 0;
  bool mended = false;
  w.line->refuse = [&](const place_call&) -> std::optional<create_reply> {
    ++asked;
    if (mended) return std::nullopt;
    return refusal(401, 20003);
  };
  auto business = w.base.add_business();
  auto run = w.start_run(business, 4);
  for (int i = 0; i < 60; ++i)
    w.advance(seconds{1});
  CHECK(asked < 40); // backing off, not hammering
  CHECK(w.jobs_in(run, "queued") == 4);
  mended = true;
  for (int i = 0; i < 130; ++i) {
    w.advance(seconds{1});
    w.complete_all(business);
  }
  CHECK(w.jobs_in(run, "completed") == 4);
}

TEST_CASE("a line without a connection is not asked in a hot loop") {
  world w;
  int asked = 0;
  bool mended = false;
  w.line->refuse = [&](const place_call&) -> std::optional<create_reply> {
    ++asked;
    if (mended) return std::nullopt;
    create_reply reply;
    reply.result = line_result::not_sent;
    reply.message = "connection refused";
    return reply;
  };
  auto business = w.base.add_business();
  auto run = w.start_run(business, 10);
  for (int i = 0; i < 60; ++i)
    w.advance(seconds{1});
  CHECK(asked < 60);
  CHECK(w.jobs_in(run, "queued") == 10);
  CHECK(w.health->rests_until.load() > w.now());
  CHECK(w.health->rests_for == 0);
  mended = true;
  w.pass(70);
  CHECK(w.jobs_in(run, "queued") == 7);
  CHECK(w.health->rests_until.load() <= w.now());
  // Three slots stood free for a minute at least while leads waited.
  CHECK(w.count->slot_gap.sum() > 180'000'000);
}

TEST_CASE("a number that can't be called fails alone") {
  world w;
  int n = 0;
  w.line->refuse = [&](const place_call&) -> std::optional<create_reply> {
    if (++n == 2) return refusal(400, 21211);
    return std::nullopt;
  };
  auto business = w.base.add_business();
  auto run = w.start_run(business, 6);
  w.complete_all(business);
  CHECK(w.jobs_in(run, "completed") == 5);
  CHECK(w.jobs_in(run, "failed") == 1);
  CHECK(w.base.text("SELECT error FROM outbound_call_jobs WHERE status = 'failed'").find("21211") !=
        std::string::npos);
  CHECK(w.status_of(run) == "completed");
}

TEST_CASE("a refused caller ID holds its business alone, and burns no lead") {
  world w;
  auto business = w.base.add_business();
  auto other = w.base.add_business();
  int asked = 0;
  bool mended = false;
  w.line->refuse = [&](const place_call& call) -> std::optional<create_reply> {
    if (call.attempt.business != business || mended) return std::nullopt;
    ++asked;
    return refusal(400, 21210);
  };
  auto run = w.start_run(business, 20);
  auto elsewhere = w.start_run(other, 3);
  CHECK(w.line->live(other) == 3);
  for (int i = 0; i < 600; ++i)
    w.advance(seconds{1});
  CHECK(asked <= 24); // three at a time, each rest longer than the one before
  CHECK(w.jobs_in(run, "queued") == 20);
  w.complete_all(other);
  CHECK(w.status_of(elsewhere) == "completed");
  mended = true;
  for (int i = 0; i < 1'200; ++i) {
    w.advance(seconds{1});
    w.complete_all(business);
  }
  CHECK(w.jobs_in(run, "completed") == 20);
  CHECK(w.status_of(run) == "completed");
}

TEST_CASE("a refused country waits a few times and then fails; the others are called meanwhile") {
  world w;
  auto business = w.base.add_business();
  int asked = 0;
  const auto far = [](const phone_number& phone) { return phone.value.rfind("+972", 0) == 0; };
  w.line->refuse = [&](const place_call& call) -> std::optional<create_reply> {
    if (!far(call.to)) return std::nullopt;
    ++asked;
    return refusal(400, 21215);
  };
  auto leads = w.base.add_leads(business, 8);
  for (int i = 0; i < 4; ++i)
    w.base.sql("UPDATE leads SET phone_e164 = '+97250123456" + std::to_string(i) +
               "' WHERE id = " + std::to_string(leads[static_cast<std::size_t>(i)].value));
  auto run = w.base.add_run(business, leads);
  w.ask<acknowledged>(run_created{business, run});
  for (int i = 0; i < 100; ++i) {
    w.advance(seconds{1});
    w.complete_all(business);
  }
  CHECK(w.jobs_in(run, "completed") == 4);
  CHECK(w.jobs_in(run, "queued") == 4);
  CHECK(asked <= 3);
  for (int i = 0; i < 200; ++i) {
    w.advance(seconds{60});
    w.complete_all(business);
  }
  CHECK(w.jobs_in(run, "failed") == 4);
  CHECK(w.status_of(run) == "completed");
}

TEST_CASE("a lead that a country's pause holds is not due before it is over") {
  world w;
  auto business = w.base.add_business();
  w.line->refuse = [](const place_call&) -> std::optional<create_reply> {
    return refusal(400, 21215);
  };
  auto refused = w.start_run(business, 1);
  w.advance(microseconds{1'300});
  auto held = w.base.add_run(business, w.base.add_leads(business, 1));
  w.ask<acknowledged>(run_created{business, held});
  w.advance(milliseconds{5});
  auto due_of = [&](run_id run) {
    return w.base.text("SELECT next_attempt_at FROM outbound_call_jobs WHERE run_id = " +
                       std::to_string(run.value));
  };
  CHECK(due_of(held) >= due_of(refused));
}

TEST_CASE("direct calls that a country's pause holds are all placed when it is over") {
  world w;
  auto business = w.base.add_business();
  bool allowed = false;
  w.line->refuse = [&](const place_call&) -> std::optional<create_reply> {
    if (allowed) return std::nullopt;
    return refusal(400, 21215);
  };
  w.start_run(business, 1);
  auto leads = w.base.add_leads(business, 2);
  auto said = w.ask<call_directly_answer>(call_directly{business, leads});
  REQUIRE(said.result == call_directly_answer::verdict::started);
  allowed = true;
  for (int i = 0; i < 10; ++i) {
    w.advance(seconds{60});
    w.complete_all(business);
  }
  for (const auto& call : said.calls)
    CHECK(w.base.status_of(call.job) == "completed");
}

TEST_CASE("a request that is wrong for every lead fails the run with the reason, and never loops") {
  world w;
  int asked = 0;
  w.line->refuse = [&](const place_call&) -> std::optional<create_reply> {
    ++asked;
    return refusal(400, 21205);
  };
  auto business = w.base.add_business();
  auto run = w.start_run(business, 50);
  CHECK(w.status_of(run) == "failed");
  CHECK(w.base.text("SELECT error FROM outbound_call_runs").find("21205") != std::string::npos);
  CHECK(asked <= 3);
  CHECK(w.jobs_in(run, "queued") == 0);
  CHECK(w.jobs_in(run, "failed") + w.jobs_in(run, "cancelled") == 50);
}

namespace {

/// The carrier fails a call that it had accepted, with that error.
event_result fail_later(world& w, modelled_line::call& call, int code) {
  w.line->end(call);
  call_event e;
  e.attempt = call.request.attempt;
  e.sid = call.sid;
  e.status = carrier_status::failed;
  e.sequence = 1;
  e.error_code = code;
  e.received_at = w.now();
  return w.ask<event_answer>(e).result;
}

} // namespace

TEST_CASE("a call that the account has no room for is placed again, under a new token, more slowly "
          "each time") {
  world w;
  auto business = w.base.add_business(1);
  auto run = w.start_run(business, 2);
  auto first = w.line->last().request.attempt;
  auto number = w.line->last().request.to;
  std::vector<int> waits;
  for (int i = 0; i < 6; ++i) {
    auto before = w.line->calls().size();
    CHECK(fail_later(w, w.line->last(), 10004) == event_result::committed);
    CHECK(w.line->calls().size() == before); // not at once
    CHECK(w.health->rests_until.load() > w.now());
    CHECK(w.health->rests_for == carrier_health::crowded);
    int waited = 0;
    while (w.line->calls().size() == before && waited < 100) {
      w.advance(seconds{1});
      ++waited;
    }
    waits.push_back(waited);
    REQUIRE(w.line->calls().size() == before + 1);
    CHECK(w.line->highest(business) == 1);
  }
  CHECK(waits.back() > 2 * waits.front());
  CHECK(w.jobs_in(run, "failed") == 0);
  CHECK(w.base.number(
            "SELECT count(*) FROM call_attempts WHERE outcome IS NULL AND call_sid IS NOT NULL"
            " AND error LIKE '%10004%' AND course LIKE '%post%failed%'") == 6);
  for (int i = 0; i < 120; ++i) {
    w.complete_all(business);
    w.advance(seconds{1});
  }
  CHECK(w.jobs_in(run, "completed") == 2);
  CHECK(w.status_of(run) == "completed");
  CHECK(first.token != w.line->last().request.attempt.token);
  CHECK(number);
}

TEST_CASE("late news of a call that the account had no room for is no stray, however late it is") {
  world w;
  auto business = w.base.add_business(1);
  w.start_run(business, 3);
  auto& failed = w.line->last();
  fail_later(w, failed, 10004);
  for (int i = 0; i < 3; ++i) {
    w.pass(20);
    w.complete_all(business); // the last ones end long after it
  }
  REQUIRE(w.line->calls().size() == 4);
  CHECK(w.report(failed, carrier_status::initiated, 0) == event_result::stale);
  CHECK(w.count->strays_found == 0);
  CHECK(w.line->hang_ups == 0);
}

TEST_CASE("the failed call of an account without room is never taken for the next attempt's") {
  world w;
  auto business = w.base.add_business(1);
  auto run = w.start_run(business, 1);
  CHECK(fail_later(w, w.line->last(), 10004) == event_result::committed);
  w.line->decide = [](const place_call&) { return modelled_line::fate::lost_uncreated; };
  w.pass(30);
  CHECK(w.line->calls().size() == 2);
  CHECK(w.jobs_in(run, "dialing") == 1); // in doubt, whatever the list shows of the first
}

TEST_CASE("what the carrier fails for another reason, or after it rang, is over") {
  world w;
  auto business = w.base.add_business(1);
  auto run = w.start_run(business, 2);
  SECTION("for another reason") {
    fail_later(w, w.line->last(), 13224);
    CHECK(w.base.text("SELECT error FROM outbound_call_jobs WHERE status = 'failed'") ==
          "carrier error 13224");
  }
  SECTION("after it rang") {
    w.report(w.line->last(), carrier_status::ringing, 1);
    fail_later(w, w.line->last(), 10004);
  }
  CHECK(w.jobs_in(run, "failed") == 1);
  CHECK(w.line->live(business) == 1); // the next lead
}
