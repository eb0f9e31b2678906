#include "db/ownership.hpp"
#include "tests/support/database_actors.hpp"
#include "tests/support/database_proxy.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;
using namespace ringmaster::test;

namespace {

struct served_business {
  explicit served_business(int leads = 3)
      : business(base.add_business()), run(base.add_run(business, base.add_leads(business, leads))),
        jobs(base.jobs_of(run)), proxy(base.url()) {}

  claim_job take(std::size_t job, int slot, std::uint64_t token_number) const {
    return claim(business, run, jobs.at(job), slot, token_number);
  }
  // Asks until the store can answer: again when it has its connection back, a minute at most.
  // (Asking without a pause would fill the asker's mailbox with the time-outs of its own requests.)
  template <class Answer, class Request>
  Answer ask_until_available(const store_actor& store, const Request& request) {
    const auto patience = std::chrono::steady_clock::now() + std::chrono::minutes{1};
    for (;;) {
      const auto reconnects = world.options.count->store_reconnects.load();
      auto answer = world.ask<Answer>(store, request);
      if (answer.result != decltype(answer.result)::unavailable) return answer;
      while (world.options.count->store_reconnects == reconnects) {
        if (std::chrono::steady_clock::now() > patience) return answer;
        std::this_thread::yield();
      }
    }
  }

  database base;
  business_id business;
  run_id run;
  std::vector<job_id> jobs;
  database_proxy proxy;
  store_world world;
};

} // namespace

TEST_CASE("the store answers every kind of request after its commit") {
  served_business x;
  const auto store = x.world.spawn(x.base, x.base.url());
  CHECK(x.world.ask<claim_answer>(store, x.take(0, 1, 1)).result == claim_result::claimed);
  CHECK(x.base.status_of(x.jobs[0]) == "dialing");
  const attempt_ref attempt{x.business, x.jobs[0], token(1)};
  CHECK(x.world.ask<write_answer>(store, mark_in_doubt{attempt, at(1), "?"}).result ==
        write_result::applied);
  CHECK(x.world.ask<write_answer>(store, mark_calling{attempt, call_sid{"CA1"}, at(1)}).result ==
        write_result::applied);
  CHECK(x.world.ask<business_truth>(store, load_business{x.business}).live.size() == 1);
  CHECK(
      x.world.ask<write_answer>(store, requeue_call{attempt, at(2), at(2), true, "busy"}).result ==
      write_result::applied);
  CHECK(x.world.ask<write_answer>(store, fail_job{x.business, x.jobs[2], "bug", at(3)}).result ==
        write_result::applied);
  CHECK(
      x.world.ask<job_page>(store, next_jobs{x.business, x.run, job_id{}, 9, at(3)}).jobs.size() ==
      2);
  CHECK(x.world.ask<run_truth>(store, load_run{x.business, x.run}).run.run == x.run);
  CHECK(x.world.ask<work_answer>(store, find_work{}).businesses.size() == 1);
  CHECK(x.world.ask<write_answer>(store, close_slots{x.business}).result == write_result::applied);
  CHECK(
      x.world.ask<control_answer>(store, control_run{x.business, x.run, run_verb::pause, at(4), ""})
          .status == run_status::paused);
  CHECK(x.world.options.count->store_requests == 11);
}

TEST_CASE("what waits in the store's mailbox shares one transaction") {
  served_business x{200};
  const auto store = x.world.spawn(x.base, x.base.url());
  x.world.ask<work_answer>(store, find_work{}); // connected
  // The store stands still at the fence while its mailbox fills.
  pqxx::connection blocker{x.base.url()};
  auto lock = std::make_unique<pqxx::work>(blocker);
  lock->exec("SELECT FROM shards FOR UPDATE");
  const auto before = x.world.options.count->store_batches.load();
  x.world.self()->send(store, close_slots{x.business});
  x.base.wait_until_blocked("ringmaster store");
  for (std::size_t i = 0; i < x.jobs.size(); ++i)
    x.world.self()->send(store, fail_job{x.business, x.jobs[i], "x", at(0)});
  auto last = x.world.self()->request(store, caf::infinite, find_work{});
  lock.reset();
  last.receive([](work_answer& answer) { CHECK(answer.ok); }, [](caf::error&) { FAIL(); });
  CHECK(x.base.number("SELECT count(*) FROM outbound_call_jobs WHERE status = 'failed'") == 200);
  CHECK(x.base.number("SELECT failed FROM outbound_call_runs") == 200);
  CHECK(x.world.options.count->store_batches - before == 2);
}

TEST_CASE("a request that the database refuses doesn't harm its neighbours") {
  served_business x;
  const auto store = x.world.spawn(x.base, x.base.url());
  x.world.ask<work_answer>(store, find_work{});
  pqxx::connection blocker{x.base.url()};
  auto lock = std::make_unique<pqxx::work>(blocker);
  lock->exec("SELECT FROM shards FOR UPDATE");
  auto& self = x.world.self();
  auto first = self->request(store, caf::infinite, x.take(0, 1, 1)); // a batch by itself
  x.base.wait_until_blocked("ringmaster store");
  auto good = self->request(store, caf::infinite, x.take(1, 2, 2));
  auto bad = self->request(store, caf::infinite, x.take(2, 2, 3)); // the same slot
  lock.reset();
  const auto expect = [](auto& handle, claim_result wanted) {
    handle.receive([&](claim_answer& answer) { CHECK(answer.result == wanted); },
                   [](caf::error&) { FAIL(); });
  };
  expect(first, claim_result::claimed);
  expect(good, claim_result::claimed);
  expect(bad, claim_result::slot_refused);
  CHECK(x.world.options.count->store_splits == 1);
  CHECK(x.base.status_of(x.jobs[2]) == "queued");
}

TEST_CASE(
    "a claim whose slot is held still, because an end did not come through, is refused alone") {
  served_business x;
  const auto store = x.world.spawn(x.base, x.base.url());
  REQUIRE(x.world.ask<claim_answer>(store, x.take(0, 1, 1)).result == claim_result::claimed);
  finish_call end;
  end.attempt = {x.business, x.jobs[0], token(1)};
  end.status = job_status::completed;
  end.ended_at = at(1);
  x.base.cut_sessions("ringmaster store");
  REQUIRE(x.world.ask<write_answer>(store, end).result == write_result::unavailable);
  CHECK(x.ask_until_available<claim_answer>(store, x.take(1, 1, 2)).result ==
        claim_result::slot_refused);
  CHECK(x.base.status_of(x.jobs[1]) == "queued");
  CHECK(x.world.ask<write_answer>(store, end).result == write_result::applied);
  CHECK(x.world.ask<claim_answer>(store, x.take(1, 1, 3)).result == claim_result::claimed);
  CHECK(x.world.options.count->store_splits == 0);
}

TEST_CASE("a session that PostgreSQL ends is answered as unavailable and replaced") {
  served_business x;
  const auto store = x.world.spawn(x.base, x.base.url());
  CHECK(x.world.ask<claim_answer>(store, x.take(0, 1, 1)).result == claim_result::claimed);
  x.base.cut_sessions("ringmaster store");
  CHECK(x.world.ask<claim_answer>(store, x.take(1, 2, 2)).result == claim_result::unavailable);
  CHECK(x.base.status_of(x.jobs[1]) == "queued");
  CHECK(x.ask_until_available<claim_answer>(store, x.take(1, 2, 3)).result ==
        claim_result::claimed);
  CHECK(x.world.options.count->store_reconnects == 1);
}

TEST_CASE("a commit that never reached the server is told as not done") {
  served_business x;
  const auto store = x.world.spawn(x.base, x.proxy.url());
  x.world.ask<work_answer>(store, find_work{});
  x.proxy.cut_next(database_proxy::cut::before_commit);
  CHECK(x.world.ask<claim_answer>(store, x.take(0, 1, 1)).result == claim_result::unavailable);
  CHECK(x.proxy.was_cut());
  CHECK(x.base.status_of(x.jobs[0]) == "queued");
  CHECK(x.ask_until_available<claim_answer>(store, x.take(0, 1, 2)).result ==
        claim_result::claimed);
}

TEST_CASE("a commit whose answer was lost is told as done") {
  served_business x;
  const auto store = x.world.spawn(x.base, x.proxy.url());
  x.world.ask<work_answer>(store, find_work{});
  x.proxy.cut_next(database_proxy::cut::after_commit);
  const auto answer = x.world.ask<claim_answer>(store, x.take(0, 1, 1));
  CHECK(x.proxy.was_cut());
  CHECK(answer.result == claim_result::claimed);
  CHECK(answer.attempt == 1);
  CHECK(x.base.status_of(x.jobs[0]) == "dialing");
  x.proxy.cut_next(database_proxy::cut::after_commit);
  CHECK(x.ask_until_available<write_answer>(store, finish({x.business, x.jobs[0], token(1)},
                                                          job_status::failed, call_outcome::busy))
            .result == write_result::applied);
  CHECK(x.base.status_of(x.jobs[0]) == "failed");
  CHECK(x.base.number("SELECT count(*) FROM call_attempts") == 1);
}

TEST_CASE("without a database the store says so and goes on") {
  store_world world;
  database base;
  const auto store = world.spawn(base, "host=127.0.0.1 port=1 dbname=none");
  CHECK(world.ask<business_truth>(store, load_business{business_id{1}}).result ==
        write_result::unavailable);
  CHECK_FALSE(world.ask<work_answer>(store, find_work{}).ok);
}

TEST_CASE("a takeover fences the former owner's store") {
  served_business x;
  db::ownership first{x.base.url(), "first"}, second{x.base.url(), "second"};
  REQUIRE(*first.try_take(at(0)));
  CHECK_FALSE(*second.try_take(at(0)));
  x.world.options.url = x.base.url();
  auto options = x.world.options;
  options.epochs = first.epochs();
  const auto store = db::spawn_store(x.world.system(), options, true);
  CHECK(x.world.ask<claim_answer>(store, x.take(0, 1, 1)).result == claim_result::claimed);

  x.base.cut_sessions("ringmaster ownership");
  auto taken = second.try_take(at(1));
  if (!taken) // its own idle session was cut as well
    taken = second.try_take(at(1));
  REQUIRE(taken);
  CHECK(*taken);
  CHECK(x.world.ask<claim_answer>(store, x.take(1, 2, 2)).result == claim_result::fenced);
  CHECK(x.base.status_of(x.jobs[1]) == "queued");
  CHECK_FALSE(first.still_mine());
  CHECK(second.still_mine());
  CHECK(x.base.text("SELECT min(owner) || max(owner) FROM shards") == "secondsecond");
  second.give_back();
  CHECK_FALSE(second.still_mine());
  CHECK(*first.try_take(at(2)));
  caf::anon_send_exit(store, caf::exit_reason::user_shutdown);
}

TEST_CASE("a takeover waits for what is in flight") {
  served_business x;
  db::ownership owner{x.base.url(), "one"};
  pqxx::connection other{x.base.url()};
  pqxx::work in_flight{other};
  in_flight.exec("SELECT FROM shards WHERE shard = 3 FOR SHARE");
  auto taking = std::async(std::launch::async, [&] { return *owner.try_take(at(0)); });
  x.base.wait_until_blocked("ringmaster ownership");
  CHECK(x.base.number("SELECT max(epoch) FROM shards") == 0);
  in_flight.commit();
  CHECK(taking.get());
  CHECK(x.base.number("SELECT min(epoch) FROM shards") == 1);
}

TEST_CASE("the bulk store makes and cancels jobs") {
  served_business x;
  x.base.sql("DELETE FROM outbound_call_jobs");
  x.base.sql("UPDATE outbound_call_runs SET selection_open = true, jobs_made = 0, total = 3,"
             " selected_leads = ARRAY(SELECT id FROM leads)");
  db::ownership owner{x.base.url(), "one"};
  REQUIRE(*owner.try_take(at(0)));
  const auto bulk = db::spawn_bulk_store(x.world.system(),
                                         {x.base.url(), owner.epochs(), x.world.options.log}, true);
  const auto page = [&](auto request) {
    page_answer got;
    x.world.self()
        ->request(bulk, std::chrono::minutes{1}, request)
        .receive([&](page_answer& answer) { got = answer; }, [](caf::error&) { FAIL(); });
    return got;
  };
  auto answer = page(materialise_page{x.business, x.run, 2, at(0)});
  CHECK(answer.changed == 2);
  CHECK(answer.more);
  x.base.cut_sessions("ringmaster bulk store");
  CHECK(page(materialise_page{x.business, x.run, 2, at(0)}).result == write_result::unavailable);
  answer = page(materialise_page{x.business, x.run, 2, at(0)});
  CHECK(answer.result == write_result::applied);
  CHECK(answer.changed == 1);
  x.base.sql("UPDATE outbound_call_runs SET status = 'cancelled'");
  CHECK(page(cancel_page{x.business, x.run, 9, at(0)}).changed == 3);
  owner.give_back();
  CHECK(page(cancel_page{x.business, x.run, 9, at(0)}).result == write_result::fenced);
  caf::anon_send_exit(bulk, caf::exit_reason::user_shutdown);
}
