// The way of calls through supervisor, runs and carrier, on a real database.
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
  w.line->refuse = [&](const place_call&) -> std::optional<create_reply> {
    ++asked;
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
  auto run = w.start_run(business, 1);
  (void)run;
  w.base.sql("UPDATE leads SET first_name = 'Dana'");
  auto& call = w.line->last();
  script_query query{call.request.attempt, call.sid, "", w.now()};
  auto answer = w.ask<script_answer>(query);
  CHECK(answer.result == event_result::committed);
  CHECK(answer.phone == call.request.to);
  query.attempt.token = token(5);
  CHECK(w.ask<script_answer>(query).result == event_result::stale);
}
