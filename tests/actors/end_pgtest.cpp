// Lost ownership and the end of the server: nothing that was heard is lost, nobody waits for
// nothing.
#include "actors/broken.hpp"
#include "config/actor_watch.hpp"
#include "tests/support/actor_world.hpp"

#include <catch2/catch.hpp>

#include <spdlog/sinks/ostream_sink.h>

using namespace ringmaster;
using namespace ringmaster::test;

namespace {

create_reply too_many() {
  create_reply reply;
  reply.result = line_result::answered;
  reply.http_status = 429;
  reply.message = "too many";
  return reply;
}

/// Asks the switchboard to settle what is owed, and counts whether it has answered.
class settling {
public:
  explicit settling(world& w) : world_(w), asker_(w.system()), handle_(ask()) { w.settle(); }
  bool answered() { return asker_->has_next_message(); }
  bool all_written() {
    bool ok = false;
    handle_.receive([&](acknowledged all) { ok = all.ok; }, [](const caf::error&) {});
    return ok;
  }

private:
  using handle = decltype(std::declval<caf::scoped_actor&>()->request(
      std::declval<switchboard_actor>(), seconds{3600}, drain_atom::value));
  handle ask() { return asker_->request(world_.board, seconds{3600}, drain_atom::value); }

  world& world_;
  caf::scoped_actor asker_;
  handle handle_;
};

} // namespace

TEST_CASE("when the ownership is ours again, what another server did meanwhile is seen") {
  world w;
  auto business = w.base.add_business();
  auto run = w.start_run(business, 3);
  REQUIRE(w.jobs_in(run, "calling") == 3);
  // The other server heard the ends of all calls and was given another run, then it ended.
  w.base.sql("UPDATE outbound_call_jobs SET status = 'completed', slot = NULL, ended_at = now()");
  w.base.sql("UPDATE outbound_call_runs SET completed = 3");
  auto other = w.base.add_run(business, w.base.add_leads(business, 2));
  auto elsewhere = w.base.add_business();
  auto third = w.base.add_run(elsewhere, w.base.add_leads(elsewhere, 1));
  w.tell(ownership_retaken{});
  for (int i = 0; i < 10; ++i)
    w.advance(seconds{1});
  CHECK(w.jobs_in(other, "calling") == 2);
  CHECK(w.jobs_in(third, "calling") == 1);
  CHECK(w.status_of(run) == "completed");
  auto slots = w.ask<slots_answer>(slots_query{business});
  CHECK(std::count_if(slots.slots.begin(), slots.slots.end(), [](const slot_view& slot) {
          return slot.state == slot_state::calling;
        }) == 2);
}

TEST_CASE("a claim of before the loss, of which nobody knows whether it was sent, is asked for") {
  world w;
  auto business = w.base.add_business();
  w.start_run(business, 1);
  auto run = w.base.add_run(business, w.base.add_leads(business, 1));
  // Claimed by another server that did not come to place the call, or did.
  w.base.sql("UPDATE outbound_call_jobs SET status = 'dialing', slot = 3, dial_started_at = now(),"
             " attempts = 1, dial_lock_token = '" +
             token(99).text() + "' WHERE run_id = " + std::to_string(run.value));
  w.tell(ownership_retaken{});
  for (int i = 0; i < 3; ++i)
    w.advance(seconds{1});
  CHECK(w.jobs_in(run, "dialing") == 1); // not queued again at once
}

TEST_CASE("the end waits until what the carrier said is written") {
  world w;
  auto business = w.base.add_business();
  w.line->decide = [](const place_call&) { return modelled_line::fate::unsent; };
  auto run = w.start_run(business, 1);
  w.base.sql("UPDATE shards SET epoch = epoch + 1"); // the store takes nothing
  auto reply = std::exchange(w.line->last().reply, nullptr);
  reply(too_many());
  w.settle();
  settling end{w};
  CHECK_FALSE(end.answered());
  w.base.sql("UPDATE shards SET epoch = epoch - 1");
  for (int i = 0; i < 10; ++i)
    w.advance(seconds{1});
  REQUIRE(end.answered());
  CHECK(end.all_written());
  CHECK(w.jobs_in(run, "dialing") == 1);
  CHECK(w.line->calls().size() == 2); // it was queued again, and dialled again
}

TEST_CASE("the end does not let direct calls wait for a pace that never comes") {
  world_options options;
  options.limits.calls_per_second = 0.001;
  world w{options};
  auto business = w.base.add_business();
  w.start_run(business, 1); // has the only permit for a long time
  auto lead = w.base.add_lead(business, phone(1));
  caf::scoped_actor caller{w.system()};
  auto call = caller->request(w.board, seconds{3600}, call_directly{business, {lead}});
  w.settle();
  REQUIRE_FALSE(caller->has_next_message());
  settling end{w};
  CHECK(end.answered());
  REQUIRE(caller->has_next_message());
  call.receive(
      [](const call_directly_answer& answer) {
        CHECK(answer.result == call_directly_answer::verdict::unavailable);
      },
      [](const caf::error&) { FAIL(); });
}

TEST_CASE("a slot that was closed between its grant and its claim costs no reload") {
  world w;
  auto business = w.base.add_business();
  auto run = w.start_run(business, 5);
  REQUIRE(w.jobs_in(run, "calling") == 3);
  w.log();
  // The limit is lowered where the supervisor can't know of it yet.
  w.base.sql("UPDATE businesses SET max_outbound_calls = 2");
  w.base.sql("DELETE FROM call_slots s WHERE NOT EXISTS (SELECT FROM outbound_call_jobs j WHERE"
             " j.business_id = s.business_id AND j.slot = s.slot)");
  w.complete(*w.line->calls().front());
  for (int i = 0; i < 10; ++i) {
    w.advance(seconds{1});
    w.complete_all(business);
  }
  CHECK(w.jobs_in(run, "completed") == 5);
  auto said = w.log();
  CHECK(said.find("ALARM") == std::string::npos);
  CHECK(said.find("Reading the truth again") == std::string::npos);
}

TEST_CASE("the end of an actor that nobody starts again is noticed, with its reason") {
  std::ostringstream text;
  auto log = std::make_shared<spdlog::logger>(
      "test", std::make_shared<spdlog::sinks::ostream_sink_mt>(text));
  config::actor_watch watch{log};
  auto end = [&](bool by_exception) {
    caf::actor_system_config config;
    caf::actor_system system{config}; // its end is behind all that the actor's end brings
    auto actor = system.spawn([by_exception](caf::event_based_actor* self) -> caf::behavior {
      self->set_exception_handler(broken);
      return {[self, by_exception](int) {
        if (by_exception) throw std::runtime_error("planted");
        self->quit(caf::exit_reason::user_shutdown);
      }};
    });
    watch.watch(actor, "store", system);
    caf::anon_send(actor, 1);
  };
  end(false);
  CHECK_FALSE(watch.broken());
  end(true);
  CHECK(watch.broken());
  CHECK(text.str().find("the store ended") != std::string::npos);
  CHECK(text.str().find("planted") != std::string::npos);
}
