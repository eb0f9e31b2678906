#include "db/ownership.hpp"
#include "db/records_pg.hpp"
#include "tests/support/database_actors.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <atomic>
#include <future>
#include <thread>

using namespace ringmaster;
using namespace ringmaster::test;

namespace {

// A business with one job per round, called through to the end by one batch store.
struct called_business {
  business_id business;
  run_id run;
  std::vector<job_id> jobs;
};

called_business make_called(database& base, int jobs) {
  called_business made;
  made.business = base.add_business(1);
  made.run = base.add_run(made.business, base.add_leads(made.business, jobs));
  made.jobs = base.jobs_of(made.run);
  return made;
}

// Each batch holds requests of all these businesses, in the given order.
std::size_t call_all(batch_store& store, const std::vector<called_business>& all,
                     std::uint64_t first_token) {
  std::size_t ended = 0;
  for (std::size_t round = 0; round < all.front().jobs.size(); ++round) {
    db::store_batch claims, ends;
    for (std::size_t i = 0; i < all.size(); ++i) {
      const auto number = first_token + round * 100 + i;
      const auto& x = all[i];
      add(claims.claims, claim(x.business, x.run, x.jobs[round], 1, number));
      add(ends.finishes, finish({x.business, x.jobs[round], token(number)}, job_status::completed,
                                call_outcome::answered));
    }
    store.commit(claims);
    store.commit(ends);
    for (const auto& each : ends.finishes)
      ended += each.answer.result == write_result::applied ? 1 : 0;
  }
  return ended;
}

} // namespace

TEST_CASE("two stores and a busy API share a database without deadlocks") {
  database base;
  constexpr int rounds = 30;
  std::vector<called_business> even, odd;
  for (int i = 0; i < 6; ++i)
    (i % 2 == 0 ? even : odd).push_back(make_called(base, rounds));
  // The order in which requests come doesn't matter: rows are locked by key.
  std::reverse(odd.begin(), odd.end());
  batch_store one{base}, two{base};
  std::atomic<bool> over{false};
  auto api = std::async(std::launch::async, [&] {
    const auto records = db::make_records_factory(base.url())();
    std::size_t failures = 0, imported = 0;
    while (!over) {
      std::vector<lead_row> rows(20);
      for (std::size_t i = 0; i < rows.size(); ++i) {
        rows[i].row = static_cast<std::int64_t>(i);
        rows[i].phone = phone_number{phone(static_cast<std::int64_t>(imported + i))};
      }
      imported += rows.size();
      const auto done = records->import_leads(even[0].business, rows, at(0));
      failures += done ? 0 : 1;
      if (done)
        failures += records->delete_lead(even[0].business, done->lead_ids.front(), at(0)) ? 0 : 1;
    }
    return failures;
  });
  auto first = std::async(std::launch::async, [&] { return call_all(one, even, 1'000); });
  const auto second = call_all(two, odd, 1'000'000);
  CHECK(first.get() == even.size() * rounds);
  CHECK(second == odd.size() * rounds);
  over = true;
  CHECK(api.get() == 0);
  CHECK(base.number("SELECT sum(completed) FROM outbound_call_runs") == 6 * rounds);
}

TEST_CASE("two stores that wrongly share a business never both get a slot") {
  database base;
  const auto x = make_called(base, 40);
  batch_store one{base}, two{base};
  std::atomic<int> claimed{0}, refused{0};
  const auto take = [&](batch_store& store, std::uint64_t first_token) {
    for (std::size_t i = 0; i < x.jobs.size(); ++i) {
      db::store_batch batch;
      add(batch.claims, claim(x.business, x.run, x.jobs[i], 1, first_token + i));
      const auto outcome = store.run(batch);
      if (outcome.failed)
        ++refused;
      else if (batch.claims[0].answer.result == claim_result::claimed)
        ++claimed;
    }
  };
  auto other = std::async(std::launch::async, [&] { take(two, 5'000); });
  take(one, 1);
  other.get();
  CHECK(claimed == 1);
  CHECK(refused > 0);
  CHECK(base.number("SELECT count(*) FROM outbound_call_jobs WHERE slot IS NOT NULL") == 1);
}

TEST_CASE("of two stores that want one number at once, one has it and the other waits for it") {
  database base;
  const auto business = base.add_business(2);
  constexpr int leads = 30;
  std::array<std::vector<lead_id>, 2> people;
  for (auto& each : people)
    for (int i = 0; i < leads; ++i)
      each.push_back(base.add_lead(business, phone(1)));
  const std::array runs{base.add_run(business, people[0]), base.add_run(business, people[1])};
  const std::array jobs{base.jobs_of(runs[0]), base.jobs_of(runs[1])};
  std::atomic<int> most_live{0};
  batch_store one{base}, two{base}; // made here: both need the base's only session
  REQUIRE(one.ask(claim(business, runs[0], jobs[0][0], 1, 1)).result == claim_result::claimed);
  CHECK(two.ask(claim(business, runs[1], jobs[1][0], 2, 2)).result == claim_result::number_busy);
  requeue_call back{{business, jobs[0][0], token(1)}, at(0), at(0), false, {}};
  REQUIRE(one.ask(back) == write_result::applied);
  const auto call_all = [&](std::size_t which, batch_store& store) {
    pqxx::connection outside{base.url()};
    auto number = 1'000 * (which + 1);
    for (const auto job : jobs[which]) {
      for (bool claimed = false; !claimed;) {
        db::store_batch batch;
        add(batch.claims, claim(business, runs[which], job, static_cast<int>(which) + 1, ++number));
        claimed =
            !store.run(batch).failed && batch.claims[0].answer.result == claim_result::claimed;
      }
      const auto live = pqxx::nontransaction{outside}
                            .exec("SELECT count(*) FROM outbound_call_jobs WHERE slot IS NOT NULL")
                            .at(0)
                            .at(0)
                            .as<int>();
      if (live > most_live) most_live = live;
      store.ask(
          finish({business, job, token(number)}, job_status::completed, call_outcome::answered));
    }
  };
  auto other = std::async(std::launch::async, [&] { call_all(1, two); });
  call_all(0, one);
  other.get();
  CHECK(most_live == 1);
  CHECK(base.number("SELECT sum(completed) FROM outbound_call_runs") == 2 * leads);
}

TEST_CASE("once a lead is barred, no claim in flight can still be committed") {
  database base;
  const auto x = make_called(base, 1);
  const auto lead = lead_id{base.number("SELECT id FROM leads")};
  // A claim that has looked at the lead and isn't committed yet holds its shard like this.
  pqxx::connection session{base.url()};
  auto in_flight = std::make_unique<pqxx::work>(session);
  in_flight->exec("SELECT FROM shards WHERE shard = " + std::to_string(shard_of(x.business)) +
                  " FOR SHARE");
  auto barring = std::async(std::launch::async, [&] {
    lead_change change;
    change.status = "do_not_call";
    return static_cast<bool>(
        db::make_records_factory(base.url())()->change_lead(x.business, lead, change, at(0)));
  });
  base.wait_until_blocked("ringmaster api");
  CHECK(base.text("SELECT status FROM leads") == "do_not_call"); // later claims see it already
  CHECK(barring.wait_for(std::chrono::seconds{0}) != std::future_status::ready);
  in_flight.reset();
  CHECK(barring.get());
}
