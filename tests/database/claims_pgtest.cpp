#include "tests/support/database_store.hpp"

#include <catch2/catch.hpp>

#include <future>

using namespace ringmaster;
using namespace ringmaster::test;

namespace {

struct dialing_business {
  explicit dialing_business(int leads = 4, int slots = 3)
      : business(base.add_business(slots)), leads(base.add_leads(business, leads)),
        run(base.add_run(business, this->leads)), jobs(base.jobs_of(run)), store(base) {}

  claim_result take(int job, int slot, std::uint64_t token_number, std::int64_t seconds = 0) {
    return store
        .ask(claim(business, run, jobs.at(static_cast<std::size_t>(job)), slot, token_number,
                   seconds))
        .result;
  }
  std::string where(int job) const {
    return " WHERE id = " + std::to_string(jobs.at(static_cast<std::size_t>(job)).value);
  }

  database base;
  business_id business;
  std::vector<lead_id> leads;
  run_id run;
  std::vector<job_id> jobs;
  batch_store store;
};

} // namespace

TEST_CASE("a claim takes the slot and tells all that the call needs") {
  dialing_business x;
  x.base.sql(
      "UPDATE leads SET first_name = 'Zoë', last_name = 'O''Hara', external_id = 'x\"' || id,"
      " notes = 'back\\slash'");
  const auto answer = x.store.ask(claim(x.business, x.run, x.jobs[0], 2, 7, 5));
  CHECK(answer.result == claim_result::claimed);
  CHECK(answer.job == x.jobs[0]);
  CHECK(answer.lead == x.leads[0]);
  CHECK(answer.phone.value == x.base.text("SELECT phone_e164 FROM leads ORDER BY id LIMIT 1"));
  CHECK(answer.attempt == 1);
  CHECK(answer.first_name == "Zoë");
  CHECK(answer.last_name == "O'Hara");
  CHECK(answer.notes == "back\\slash");
  const auto row = x.base.sql("SELECT status, slot, dial_lock_token, attempts, dial_started_at"
                              " FROM outbound_call_jobs" +
                              x.where(0))[0];
  CHECK(row[0].as<std::string>() == "dialing");
  CHECK(row[1].as<int>() == 2);
  CHECK(row[2].as<std::string>() == token(7).text());
  CHECK(row[3].as<int>() == 1);
  CHECK(row[4].as<std::string>() == "2026-03-01 12:00:05+00");
}

TEST_CASE("a claim says why it is refused") {
  dialing_business x;
  const auto job = "UPDATE outbound_call_jobs SET ";
  SECTION("the job is claimed already") {
    CHECK(x.take(0, 1, 1) == claim_result::claimed);
    CHECK(x.take(0, 2, 2) == claim_result::not_queued);
  }
  SECTION("there is no such job, or it is another run's or another business's") {
    CHECK(x.store.ask(claim(x.business, x.run, job_id{999'999}, 1, 1)).result ==
          claim_result::not_queued);
    const auto other = x.base.add_run(x.business, {});
    CHECK(x.store.ask(claim(x.business, other, x.jobs[0], 1, 1)).result ==
          claim_result::not_queued);
    const auto stranger = x.base.add_business();
    CHECK(x.store.ask(claim(stranger, x.run, x.jobs[0], 1, 1)).result == claim_result::not_queued);
  }
  SECTION("it is not due") {
    x.base.sql(job + std::string{"next_attempt_at = '2026-03-01 12:00:10+00'"} + x.where(0));
    const auto answer = x.store.ask(claim(x.business, x.run, x.jobs[0], 1, 1, 9));
    CHECK(answer.result == claim_result::not_due);
    CHECK(answer.not_before == at(10));
    CHECK(x.take(0, 1, 1, 10) == claim_result::claimed);
  }
  SECTION("its run is not running") {
    for (const auto* status : {"pending", "paused", "cancelled", "failed", "completed"}) {
      x.base.sql("UPDATE outbound_call_runs SET status = '" + std::string{status} + "'");
      CHECK(x.take(0, 1, 1) == claim_result::run_not_running);
    }
    CHECK(x.base.status_of(x.jobs[0]) == "queued");
  }
  SECTION("the business is suspended") {
    x.base.sql("UPDATE businesses SET suspended = true");
    CHECK(x.take(0, 1, 1) == claim_result::business_suspended);
  }
  SECTION("the number is being called") {
    x.base.sql(job + std::string{"phone_e164 = '+15557'"});
    CHECK(x.take(0, 1, 1) == claim_result::claimed);
    CHECK(x.take(1, 2, 2) == claim_result::number_busy);
    CHECK(x.base.status_of(x.jobs[1]) == "queued");
  }
  SECTION("there is no token") {
    auto request = claim(x.business, x.run, x.jobs[0], 1, 1);
    request.token = dial_token{};
    CHECK(x.store.ask(request).result == claim_result::slot_refused);
  }
}

TEST_CASE("a job whose lead can't be called any more is cancelled and counted") {
  dialing_business x;
  const auto lead = std::to_string(x.leads[0].value);
  SECTION("deleted") {
    x.base.sql("UPDATE leads SET deleted_at = now() WHERE id = " + lead);
  }
  SECTION("barred") {
    x.base.sql("UPDATE leads SET status = 'do_not_call' WHERE id = " + lead);
  }
  CHECK(x.take(0, 1, 1) == claim_result::lead_unavailable);
  CHECK(x.base.status_of(x.jobs[0]) == "cancelled");
  CHECK(x.base.number("SELECT cancelled FROM outbound_call_runs") == 1);
  CHECK(x.take(0, 1, 2) == claim_result::not_queued);
}

TEST_CASE("claims of one batch neither share a number nor a job") {
  dialing_business x{4, 5};
  x.base.sql("UPDATE outbound_call_jobs SET phone_e164 = '+15557'" + x.where(1) +
             " OR id = " + std::to_string(x.jobs[2].value));
  db::store_batch batch;
  add(batch.claims, claim(x.business, x.run, x.jobs[2], 1, 1));
  add(batch.claims, claim(x.business, x.run, x.jobs[1], 2, 2));
  add(batch.claims, claim(x.business, x.run, x.jobs[0], 3, 3));
  add(batch.claims, claim(x.business, x.run, x.jobs[0], 4, 4));
  x.store.commit(batch);
  const auto result = [&](std::size_t i) { return batch.claims[i].answer.result; };
  CHECK(((result(0) == claim_result::claimed && result(1) == claim_result::number_busy) ||
         (result(1) == claim_result::claimed && result(0) == claim_result::number_busy)));
  CHECK(result(2) != result(3));
  CHECK((result(2) == claim_result::not_queued || result(3) == claim_result::not_queued));
}

TEST_CASE("a slot that is taken breaks the batch and is found out") {
  dialing_business x;
  CHECK(x.take(0, 1, 1) == claim_result::claimed);
  db::store_batch batch;
  add(batch.claims, claim(x.business, x.run, x.jobs[1], 1, 2));
  const auto outcome = x.store.run(batch);
  REQUIRE(outcome.failed);
  CHECK(outcome.failed->what == db::sql_trouble::violation);
  CHECK(x.base.status_of(x.jobs[1]) == "queued");
}

TEST_CASE("a slot above the limit is refused without harm to the batch") {
  dialing_business x;
  CHECK(x.take(0, 4, 1) == claim_result::slot_closed);
  CHECK(x.base.status_of(x.jobs[0]) == "queued");
}

TEST_CASE("a direct call that waits for another attempt is claimed without a run") {
  dialing_business x;
  const auto job = x.base.add_job(x.business, run_id{}, x.leads[0]);
  CHECK(x.store.ask(claim(x.business, x.run, job, 1, 1)).result == claim_result::not_queued);
  CHECK(x.store.ask(claim(x.business, run_id{}, job, 1, 1)).result == claim_result::claimed);
}

TEST_CASE("direct calls start all together or not at all") {
  dialing_business x{4, 3};
  const auto order = [&](std::vector<direct_call_order> calls) {
    return x.store.ask(open_direct_calls{x.business, std::move(calls), at(0)});
  };
  const auto call = [&](lead_id lead, int slot) {
    return direct_call_order{lead, slot_number{slot}, token(static_cast<std::uint64_t>(slot))};
  };
  const auto jobs = [&] {
    return x.base.number("SELECT count(*) FROM outbound_call_jobs WHERE run_id IS NULL");
  };
  SECTION("started") {
    const auto answer = order({call(x.leads[2], 3), call(x.leads[0], 1)});
    REQUIRE(answer.result == write_result::applied);
    REQUIRE(answer.calls.size() == 2);
    CHECK(answer.calls[0].lead == x.leads[2]);
    CHECK(answer.calls[1].lead == x.leads[0]);
    CHECK(answer.calls[0].attempt == 1);
    CHECK(x.base.status_of(answer.calls[0].job) == "dialing");
    CHECK(x.base.number("SELECT slot FROM outbound_call_jobs WHERE id = " +
                        std::to_string(answer.calls[0].job.value)) == 3);
    CHECK(jobs() == 2);
  }
  SECTION("an unknown lead refuses the whole order") {
    const auto answer = order({call(x.leads[0], 1), call(lead_id{999'999}, 2)});
    CHECK(answer.result == write_result::stale);
    CHECK(answer.refusal_code == "lead_not_found");
    CHECK(answer.refused_index == 1);
    CHECK(jobs() == 0);
  }
  SECTION("another business's lead is unknown") {
    const auto stranger = x.base.add_business();
    const auto lead = x.base.add_leads(stranger, 1).front();
    CHECK(order({call(lead, 1)}).refusal_code == "lead_not_found");
  }
  SECTION("a lead that must not be called refuses it") {
    x.base.sql("UPDATE leads SET status = 'do_not_call'");
    CHECK(order({call(x.leads[0], 1)}).refusal_code == "lead_do_not_call");
  }
  SECTION("a live number refuses it") {
    CHECK(x.take(0, 1, 1) == claim_result::claimed);
    const auto answer = order({call(x.leads[1], 2), call(x.leads[0], 3)});
    CHECK(answer.refusal_code == "number_busy");
    CHECK(answer.refused_index == 1);
  }
  SECTION("the same number twice in the order refuses it") {
    CHECK(order({call(x.leads[0], 1), call(x.leads[0], 2)}).refusal_code == "number_busy");
  }
  SECTION("a suspended business refuses it") {
    x.base.sql("UPDATE businesses SET suspended = true");
    CHECK(order({call(x.leads[0], 1)}).refusal_code == "business_suspended");
  }
  SECTION("a claim of the same batch comes first") {
    db::store_batch batch;
    add(batch.directs, open_direct_calls{x.business, {call(x.leads[0], 2)}, at(0)});
    add(batch.claims, claim(x.business, x.run, x.jobs[0], 1, 9));
    x.store.commit(batch);
    CHECK(batch.claims[0].answer.result == claim_result::claimed);
    CHECK(batch.directs[0].answer.refusal_code == "number_busy");
  }
}

TEST_CASE("requests for shards that are not ours are fenced, their neighbours are not") {
  database base;
  batch_store store{base};
  const auto one = base.add_business(), two = base.add_business();
  REQUIRE(shard_of(one) != shard_of(two));
  const auto run_one = base.add_run(one, base.add_leads(one, 1));
  const auto run_two = base.add_run(two, base.add_leads(two, 1));
  base.sql("UPDATE shards SET epoch = epoch + 1 WHERE shard = " + std::to_string(shard_of(one)));
  db::store_batch batch;
  add(batch.claims, claim(one, run_one, base.jobs_of(run_one)[0], 1, 1));
  add(batch.claims, claim(two, run_two, base.jobs_of(run_two)[0], 1, 2));
  add(batch.businesses, load_business{one});
  add(batch.finishes,
      finish({one, base.jobs_of(run_one)[0], token(1)}, job_status::failed, call_outcome::busy));
  store.commit(batch);
  CHECK(batch.claims[0].answer.result == claim_result::fenced);
  CHECK(batch.claims[1].answer.result == claim_result::claimed);
  CHECK(batch.businesses[0].answer.result == write_result::fenced);
  CHECK(batch.finishes[0].answer.result == write_result::fenced);
  CHECK(base.status_of(base.jobs_of(run_one)[0]) == "queued");
}

TEST_CASE("a slot that the limit has closed since it was granted is no fault of anybody's") {
  dialing_business x;
  x.base.sql("DELETE FROM call_slots WHERE slot = 3");
  CHECK(x.take(0, 3, 1) == claim_result::slot_closed);
  CHECK(x.base.status_of(x.jobs[0]) == "queued");
  CHECK(x.take(0, 2, 2) == claim_result::claimed);
  const auto direct =
      x.store.ask(open_direct_calls{x.business, {{x.leads[1], slot_number{3}, token(3)}}, at(0)});
  CHECK(direct.result == write_result::stale);
  CHECK(direct.refusal_code == "slots_full");
}

TEST_CASE("calls above a lowered limit keep those back that had a slot below it") {
  dialing_business x{5};
  REQUIRE(x.take(0, 3, 1) == claim_result::claimed);
  REQUIRE(x.take(1, 2, 2) == claim_result::claimed);
  x.base.sql("UPDATE businesses SET max_outbound_calls = 2");
  CHECK(x.take(2, 1, 3) == claim_result::slot_closed);
  const auto refused =
      x.store.ask(open_direct_calls{x.business, {{x.leads[3], slot_number{1}, token(4)}}, at(0)});
  CHECK(refused.refusal_code == "slots_full");
  const auto end = x.store.ask(
      finish({x.business, x.jobs[0], token(1)}, job_status::completed, call_outcome::answered));
  REQUIRE(end == write_result::applied);
  CHECK(x.take(2, 1, 5) == claim_result::claimed);
}

TEST_CASE("calls of one batch count for each other while some are above the limit") {
  dialing_business x{5};
  REQUIRE(x.take(0, 3, 1) == claim_result::claimed);
  x.base.sql("UPDATE businesses SET max_outbound_calls = 2");
  db::store_batch batch;
  add(batch.claims, claim(x.business, x.run, x.jobs[1], 1, 2));
  add(batch.claims, claim(x.business, x.run, x.jobs[2], 2, 3));
  x.store.commit(batch);
  CHECK(batch.claims[0].answer.result == claim_result::claimed);
  CHECK(batch.claims[1].answer.result == claim_result::slot_closed);
}

TEST_CASE("a number that is corrected while its job is claimed is not dialled as it was") {
  dialing_business x{1};
  pqxx::connection session{x.base.url()};
  auto correction = std::make_unique<pqxx::work>(session);
  correction->exec("UPDATE outbound_call_jobs SET phone_e164 = '+4930123'");
  auto claimed = std::async(std::launch::async, [&] {
    return x.store.ask(claim(x.business, x.run, x.jobs[0], 1, 1, 5));
  });
  x.base.wait_until_blocked("test batch store"); // it has looked, and waits for the row
  correction->commit();
  const auto answer = claimed.get();
  CHECK(answer.result == claim_result::not_due); // look again
  CHECK(answer.not_before == at(5));
  CHECK(x.base.status_of(x.jobs[0]) == "queued");
  CHECK(x.store.ask(claim(x.business, x.run, x.jobs[0], 1, 2, 5)).phone.value == "+4930123");
}
