// Calls outside the ledger, and the memory of ended attempts.
#include "tests/support/database_store.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;
using namespace ringmaster::test;

namespace {

struct stand {
  database base;
  business_id business = base.add_business();
  run_id run = base.add_run(business, base.add_leads(business, 2));
  job_id job = base.jobs_of(run).front();
  batch_store store{base};

  keep_stray stray(const char* sid, std::uint64_t n = 1) const {
    return {{business, job, token(n)}, call_sid{sid}, phone_number{"+15551"}, "why", at(5), {}};
  }
  write_result keep(const keep_stray& x) {
    db::store_batch batch;
    add(batch.strays, x);
    store.commit(batch);
    return batch.strays.front().answer.result;
  }
  recall_answer recall(const recall_attempts& x) {
    db::store_batch batch;
    add(batch.recalls, x);
    store.commit(batch);
    return batch.recalls.front().answer;
  }
  std::vector<live_stray> known() { return store.ask(load_business{business}).strays; }
};

} // namespace

TEST_CASE("a stray is part of its business's truth until it has ended") {
  stand s;
  CHECK(s.keep(s.stray("CA1")) == write_result::applied);
  CHECK(s.keep(s.stray("CA1")) == write_result::applied); // told twice
  auto known = s.known();
  REQUIRE(known.size() == 1);
  CHECK(known[0].sid.value == "CA1");
  CHECK(known[0].attempt.job == s.job);
  CHECK(known[0].attempt.token == token(1));
  CHECK(known[0].phone.value == "+15551");
  CHECK(known[0].found_at == at(5));
  auto work = s.store.ask(find_work{}).businesses;
  CHECK(std::find(work.begin(), work.end(), s.business) != work.end());

  auto ended = s.stray("CA1");
  ended.ended_at = at(60);
  CHECK(s.keep(ended) == write_result::applied);
  CHECK(s.known().empty());
  CHECK(s.keep(s.stray("CA1")) == write_result::applied); // late news don't revive it
  CHECK(s.known().empty());
}

TEST_CASE("found and ended in one batch: it has ended") {
  stand s;
  db::store_batch batch;
  add(batch.strays, s.stray("CA1"));
  auto ended = s.stray("CA1");
  ended.ended_at = at(9);
  add(batch.strays, ended);
  add(batch.strays, s.stray("CA2"));
  s.store.commit(batch);
  REQUIRE(s.known().size() == 1);
  CHECK(s.known()[0].sid.value == "CA2");
}

TEST_CASE("a stray that names no attempt of ours, or is too long a name, changes nothing") {
  stand s;
  auto odd = s.stray("CA1");
  odd.attempt.token = dial_token{};
  CHECK(s.keep(odd) == write_result::stale);
  CHECK(s.keep(s.stray(std::string(200, 'x').c_str())) == write_result::stale);
  CHECK(s.known().empty());
}

TEST_CASE("a job's attempts are recalled with their names and outcomes") {
  stand s;
  REQUIRE(s.store.ask(claim(s.business, s.run, s.job, 1, 1)).result == claim_result::claimed);
  attempt_ref first{s.business, s.job, token(1)}, second{s.business, s.job, token(2)};
  REQUIRE(s.store.ask(requeue_call{first, at(90), at(90), true, "absent"}) ==
          write_result::applied);
  REQUIRE(s.store.ask(claim(s.business, s.run, s.job, 1, 2, 100)).result == claim_result::claimed);
  REQUIRE(s.store.ask(mark_calling{second, call_sid{"CA2"}, at(101)}) == write_result::applied);
  auto live = s.recall({s.business, s.job, {}, {}});
  CHECK(live.result == write_result::applied);
  CHECK(live.attempts.size() == 1);
  CHECK(live.attempts[0].token == token(1));
  CHECK_FALSE(live.attempts[0].sid);
  CHECK_FALSE(live.attempts[0].outcome);
  CHECK(live.token == token(2));
  CHECK(live.sid.value == "CA2");
  CHECK(live.phone);

  REQUIRE(s.store.ask(finish(second, job_status::completed, call_outcome::answered, 200)) ==
          write_result::applied);
  auto by_number = s.recall({s.business, {}, live.phone, at(50)});
  REQUIRE(by_number.attempts.size() == 1); // the first began earlier
  CHECK(by_number.attempts[0].sid.value == "CA2");
  CHECK(*by_number.attempts[0].outcome == call_outcome::answered);
  CHECK(s.recall({s.business, {}, live.phone, at(-50)}).attempts.size() == 2);
  CHECK(s.recall({s.business, job_id{987654}, {}, {}}).phone.value.empty());
}

TEST_CASE("a changed caller ID is remembered") {
  stand s;
  s.base.sql("UPDATE businesses SET former_phones = ARRAY['+15559', '+15558']");
  auto settings = s.store.ask(load_business{s.business}).settings;
  REQUIRE(settings.former_caller_ids.size() == 2);
  CHECK(settings.former_caller_ids[1].value == "+15558");
}
