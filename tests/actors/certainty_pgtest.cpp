// What a supervisor knows over its own doubts: claims that nobody placed, facts that the database
// did not take, questions that it could not answer, clocks that are set back.
#include "tests/support/actor_world.hpp"
#include "tests/support/deaf_store.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;
using namespace ringmaster::test;

namespace {

void pass(world& w, business_id business, int times) {
  for (int i = 0; i < times; ++i) {
    w.advance(seconds{1});
    w.complete_all(business);
  }
}

create_reply refused(int code) {
  create_reply reply;
  reply.result = line_result::answered;
  reply.http_status = code == 0 ? 429 : 400;
  reply.error_code = code;
  reply.message = "refused";
  return reply;
}

// The store's writes are fenced while this lives, as after a takeover by another server.
class lost_ownership {
public:
  explicit lost_ownership(database& base) : base_(base) {
    base_.sql("UPDATE shards SET epoch = epoch + 1");
  }
  ~lost_ownership() { base_.sql("UPDATE shards SET epoch = epoch - 1"); }

private:
  database& base_;
};

struct broken_handler : std::runtime_error {
  broken_handler() : std::runtime_error("planted") {}
};

} // namespace

TEST_CASE("a claim that its run's end cut off from the call is dialled at once, and once") {
  int repaired = 0;
  for (unsigned seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    world_options options;
    options.seed = seed;
    options.random_order = true;
    world w{options};
    auto business = w.base.add_business();
    auto plain = w.house->new_token;
    int drawn = 0;
    const std::set<int> broken{2, 5, 7, 11, 16};
    w.house->new_token = [&] { // breaks handlers of runs in the midst of it
      return broken.count(++drawn) > 0 ? throw broken_handler{} : plain();
    };
    auto one = w.start_run(business, 10);
    auto two = w.start_run(business, 10);
    pass(w, business, 30); // less than any grace
    for (auto run : {one, two})
      CHECK(w.jobs_in(run, "completed") + w.jobs_in(run, "failed") == 10);
    CHECK(w.jobs_in("failed") <= 5);
    for (const auto& [number, times] : w.line->created_by_number(business))
      CHECK(times == 1);
    CHECK(w.line->highest(business) <= 3);
    if (w.log().find("A claim was not followed by a call") != std::string::npos) ++repaired;
  }
  CHECK(repaired > 0); // the histories are of the kind that is meant
}

TEST_CASE("a run that breaks again and again is failed alone, each of its jobs with the reason") {
  world w;
  auto business = w.base.add_business();
  auto plain = w.house->new_token;
  bool bad = true;
  w.house->new_token = [&] { return bad ? throw broken_handler{} : plain(); };
  auto run = w.start_run(business, 20);
  pass(w, business, 60);
  CHECK(w.status_of(run) == "failed");
  CHECK(w.base.text("SELECT error FROM outbound_call_runs").find("planted") != std::string::npos);
  // The last one in hand may be cancelled with the rest.
  CHECK(w.jobs_in(run, "failed") >= 4);
  CHECK(w.jobs_in(run, "failed") + w.jobs_in(run, "cancelled") == 20);
  CHECK(w.base.text("SELECT DISTINCT error FROM outbound_call_jobs WHERE status = 'failed'") ==
        "internal error: planted");
  CHECK(w.log().find("ALARM: run " + std::to_string(run.value)) != std::string::npos);
  bad = false;
  auto next = w.start_run(business, 4);
  pass(w, business, 10);
  CHECK(w.jobs_in(next, "completed") == 4);
}

TEST_CASE("a refusal that was told while the server owned nothing is written when it owns again") {
  world w;
  auto business = w.base.add_business();
  w.line->decide = [](const place_call&) { return modelled_line::fate::unsent; };
  auto run = w.start_run(business, 1);
  {
    lost_ownership lost{w.base};
    auto reply = std::exchange(w.line->last().reply, nullptr);
    reply(refused(21211));
    w.advance(seconds{3});
    CHECK(w.jobs_in(run, "dialing") == 1);
  }
  w.advance(seconds{10});
  CHECK(w.jobs_in(run, "failed") == 1);
  CHECK(w.line->calls().size() == 1);
}

TEST_CASE("a call that was proven absent is not adopted while that waits to be written") {
  world w;
  auto business = w.base.add_business();
  auto run = w.start_run(business, 1);
  auto& call = w.line->last();
  {
    lost_ownership lost{w.base};
    w.line->end(call);
    CHECK(w.report(call, carrier_status::completed, 3) == event_result::unavailable);
    w.advance(seconds{3});
  }
  w.advance(seconds{10});
  CHECK(w.jobs_in(run, "completed") == 1); // by the fact that was heard, told once
  CHECK(w.report(call, carrier_status::in_progress, 2) == event_result::stale);
}

TEST_CASE("direct calls whose order was cut off are not started after all") {
  int answered = 0;
  for (unsigned seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    world_options options;
    options.seed = seed;
    options.random_order = true;
    world w{options};
    auto business = w.base.add_business();
    auto lead = w.base.add_lead(business, phone(77));
    auto plain = w.house->new_token;
    int drawn = 0;
    w.house->new_token = [&] { return ++drawn == 2 ? throw broken_handler{} : plain(); };
    w.base.add_run(business, w.base.add_leads(business, 4));
    w.tell(run_created{business, run_id{1}});
    call_directly_answer told;
    try {
      told = w.ask<call_directly_answer>(call_directly{business, {lead}});
    } catch (const std::runtime_error&) {
      continue; // the supervisor itself broke: who ordered was told nothing
    }
    ++answered;
    pass(w, business, 30);
    bool called = w.line->created_by_number(business).count(phone(77)) > 0;
    CHECK(called == (told.result == call_directly_answer::verdict::started));
    CHECK(w.jobs_in("dialing") + w.jobs_in("calling") + w.jobs_in("queued") == 0);
  }
  CHECK(answered > 5);
}

TEST_CASE("a clock that is set back delays what was to come, and stops nothing") {
  world w;
  microseconds back{0};
  auto steady = w.house->now;
  w.house->now = [&, steady] { return steady() - back; };
  int asked = 0;
  w.line->refuse = [&](const place_call&) -> std::optional<create_reply> {
    return ++asked == 1 ? std::make_optional(refused(0)) : std::nullopt;
  };
  auto business = w.base.add_business();
  auto run = w.start_run(business, 1);
  CHECK(w.jobs_in(run, "queued") == 1);
  back = std::chrono::minutes{2};
  pass(w, business, 200);
  CHECK(w.jobs_in(run, "completed") == 1);
}

TEST_CASE("a business that is let go again while the database is away is called again") {
  world w;
  auto business = w.base.add_business();
  auto run = w.start_run(business, 6);
  w.base.sql("UPDATE businesses SET suspended = true");
  CHECK(w.ask<acknowledged>(settings_changed{business}).ok);
  w.complete_all(business);
  w.base.sql("UPDATE businesses SET suspended = false");
  w.base.cut_sessions("ringmaster store");
  w.ask<acknowledged>(settings_changed{business});
  pass(w, business, 40);
  CHECK(w.jobs_in(run, "completed") == 6);
}

TEST_CASE("a run that the database could not tell of when it was new is taken up all the same") {
  world w;
  auto business = w.base.add_business();
  w.start_run(business, 1);
  w.complete_all(business);
  auto run = w.base.add_run(business, w.base.add_leads(business, 2));
  w.base.cut_sessions("ringmaster store");
  w.tell(run_created{business, run});
  pass(w, business, 30);
  CHECK(w.jobs_in(run, "completed") == 2);
}

TEST_CASE("without a line to the carrier orders are obeyed, and nothing is sent") {
  world w;
  carrier_config account;
  account.now = w.house->now;
  account.random = w.house->random;
  account.log = w.house->log;
  account.count = w.count;
  account.health = std::make_shared<carrier_health>();
  auto unconnected = w.system().spawn(carrier, account);
  caf::scoped_actor asker{w.system()};
  caf::anon_send(unconnected, hang_up_call{{}, call_sid{"CA1"}});
  auto answer = asker->request(unconnected, caf::infinite, withdraw_calls{{token(1)}});
  w.settle();
  bool withdrawn_told = false;
  answer.receive([&](withdrawn) { withdrawn_told = true; }, [](const caf::error&) {});
  CHECK(withdrawn_told);
  CHECK(w.log().find("Hanging up was not confirmed") != std::string::npos);
  caf::anon_send_exit(unconnected, caf::exit_reason::user_shutdown);
}

TEST_CASE("claims that the store does not answer are waited for so long, and called once") {
  world w;
  auto deaf = std::make_shared<deafness>();
  w.house->stores[0] = w.system().spawn(deaf_store, w.house->stores[0], deaf);
  auto business = w.base.add_business();
  deaf->claims = true;
  const auto run = w.start_run(business, 5);
  w.pass(25);
  CHECK(w.jobs_in(run, "dialing") == 3);
  CHECK(w.log().find("took too long") == std::string::npos);
  w.pass(10);
  CHECK(w.log().find("no answer from the store: it took too long") != std::string::npos);
  deaf->claims = false;
  pass(w, business, 60);
  CHECK(w.jobs_in(run, "completed") == 5);
  for (const auto& [number, times] : w.line->created_by_number(business))
    CHECK(times == 1);
}

TEST_CASE("facts that the store does not answer are waited for so long, and written again") {
  world w;
  auto deaf = std::make_shared<deafness>();
  w.house->stores[0] = w.system().spawn(deaf_store, w.house->stores[0], deaf);
  auto business = w.base.add_business();
  const auto run = w.start_run(business, 5);
  deaf->facts = true;
  for (auto* each : w.line->live_calls(business)) {
    w.line->end(*each);
    call_event over;
    over.attempt = each->request.attempt;
    over.sid = each->sid;
    over.status = carrier_status::completed;
    over.received_at = w.now();
    w.tell(over);
  }
  w.settle();
  CHECK(w.jobs_in(run, "completed") == 3);
  w.pass(25);
  CHECK(w.log().find("took too long") == std::string::npos);
  CHECK(w.line->created_by_number(business).size() == 3); // no slot is free before that is known
  w.pass(10);
  CHECK(w.log().find("no answer from the store: it took too long") != std::string::npos);
  deaf->facts = false;
  pass(w, business, 60);
  CHECK(w.jobs_in(run, "completed") == 5);
  for (const auto& [number, times] : w.line->created_by_number(business))
    CHECK(times == 1);
}
