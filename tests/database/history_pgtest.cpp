// Random histories: batches of random requests run on PostgreSQL and on a plain model; answers and
// what stands in the database must agree after every batch.
#include "tests/support/database_store.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <map>
#include <random>
#include <set>

using namespace ringmaster;
using namespace ringmaster::test;

namespace {

constexpr int slots = 3, leads = 12, numbers = 8, batches = 120;

struct model_job {
  job_status status = job_status::queued;
  int slot = 0, number = 0, attempts = 0;
  std::uint64_t token = 0;
};

// One business, one run, `leads` jobs of which some share a number.
class history {
public:
  explicit history(std::uint64_t seed)
      : random_(seed), business_(base_.add_business(slots)), store_(base_) {
    std::vector<lead_id> people;
    for (int i = 0; i < leads; ++i)
      people.push_back(base_.add_lead(business_, phone(i % numbers)));
    run_ = base_.add_run(business_, people);
    ids_ = base_.jobs_of(run_);
    model_.resize(ids_.size());
    for (std::size_t i = 0; i < model_.size(); ++i)
      model_[i].number = static_cast<int>(i) % numbers;
  }

  void step() {
    db::store_batch batch;
    std::set<std::size_t> used; // one request a job: which of several wins is another test's matter
    const int size = 1 + static_cast<int>(random_() % 5);
    for (int i = 0; i < size; ++i)
      if (const auto job = random_() % model_.size(); used.insert(job).second)
        add_random(batch, job);
    store_.commit(batch);
    check_ends(batch);
    check_claims(batch);
    check_database();
  }

private:
  attempt_ref attempt(std::size_t job, std::uint64_t token_number) const {
    return {business_, ids_[job], token(token_number)};
  }
  std::size_t index(job_id id) const {
    return static_cast<std::size_t>(std::find(ids_.begin(), ids_.end(), id) - ids_.begin());
  }
  bool live(const model_job& x) const { return x.slot != 0; }
  int free_slot(const std::set<int>& promised) const {
    std::set<int> held = promised;
    for (const auto& each : model_)
      held.insert(each.slot);
    for (int slot = 1; slot <= slots; ++slot)
      if (held.count(slot) == 0) return slot;
    return 0;
  }

  void add_random(db::store_batch& batch, std::size_t job) {
    const auto& now = model_[job];
    // Sometimes an old token.
    const auto used = now.token != 0 && random_() % 4 != 0 ? now.token : 1 + random_() % 50;
    switch (random_() % 6) {
    case 0:
    case 1:
      if (const int slot = free_slot(promised_)) {
        promised_.insert(slot);
        add(batch.claims, claim(business_, run_, ids_[job], slot, ++last_token_));
      }
      break;
    case 2:
      add(batch.callings,
          mark_calling{attempt(job, used), call_sid{"CA" + std::to_string(used)}, at(0)});
      break;
    case 3:
      add(batch.finishes,
          random_() % 2 == 0
              ? finish(attempt(job, used), job_status::completed, call_outcome::answered)
              : finish(attempt(job, used), job_status::failed, call_outcome::busy));
      break;
    case 4:
      add(batch.requeues,
          requeue_call{attempt(job, used), at(0), at(0), random_() % 2 == 0, "again"});
      break;
    case 5:
      add(batch.doubts, mark_in_doubt{attempt(job, used), at(0), "?"});
      break;
    }
  }

  template <class Entry>
  model_job* matching(const Entry& each, std::initializer_list<job_status> allowed) {
    auto& job = model_[index(each.request.attempt.job)];
    const bool is_it = job.token != 0 && token(job.token) == each.request.attempt.token;
    const bool fits = std::find(allowed.begin(), allowed.end(), job.status) != allowed.end();
    CHECK((each.answer.result == write_result::applied) == (is_it && fits));
    return is_it && fits ? &job : nullptr;
  }

  void check_ends(const db::store_batch& batch) {
    for (const auto& each : batch.doubts)
      matching(each, {job_status::dialing});
    for (const auto& each : batch.callings)
      if (auto* job = matching(each, {job_status::dialing, job_status::calling}))
        job->status = job_status::calling;
    for (const auto& each : batch.finishes)
      if (auto* job = matching(each, {job_status::dialing, job_status::calling})) {
        job->status = each.request.status;
        job->slot = 0;
      }
    for (const auto& each : batch.requeues)
      if (auto* job = matching(each, {job_status::dialing, job_status::calling})) {
        job->status = job_status::queued;
        job->slot = 0;
        job->token = 0;
        job->attempts -= each.request.counts ? 0 : 1;
      }
  }

  void check_claims(const db::store_batch& batch) {
    auto ordered = batch.claims;
    std::sort(ordered.begin(), ordered.end(),
              [](const auto& a, const auto& b) { return a.request.job < b.request.job; });
    for (const auto& each : ordered) {
      auto& job = model_[index(each.request.job)];
      const bool busy = std::any_of(model_.begin(), model_.end(), [&](const auto& other) {
        return live(other) && other.number == job.number;
      });
      const auto expected = job.status != job_status::queued ? claim_result::not_queued
                            : busy                           ? claim_result::number_busy
                                                             : claim_result::claimed;
      CHECK(each.answer.result == expected);
      if (expected != claim_result::claimed) continue;
      job.status = job_status::dialing;
      job.slot = static_cast<int>(each.request.slot.value);
      job.token = token_number(each.request.token);
      CHECK(each.answer.attempt == ++job.attempts);
    }
    promised_.clear();
  }

  static std::uint64_t token_number(const dial_token& x) {
    return std::stoull(x.text().substr(x.text().rfind('-') + 1), nullptr, 16);
  }

  void check_database() {
    const auto rows = base_.sql("SELECT id, status, coalesce(slot, 0), attempts FROM"
                                " outbound_call_jobs ORDER BY id");
    for (std::size_t i = 0; i < model_.size(); ++i) {
      const auto row = rows[static_cast<int>(i)];
      CHECK(row[1].as<std::string>() == to_string(model_[i].status));
      CHECK(row[2].as<int>() == model_[i].slot);
      CHECK(row[3].as<int>() == model_[i].attempts);
    }
    // I1: no more live calls than slots. I2: no two to one number. I3: the counters add up.
    CHECK(base_.number("SELECT count(*) FROM outbound_call_jobs WHERE status IN ('dialing',"
                       " 'calling')") <= slots);
    CHECK(base_.number("SELECT count(*) FROM (SELECT 1 FROM outbound_call_jobs WHERE status IN"
                       " ('dialing', 'calling') GROUP BY phone_e164 HAVING count(*) > 1) x") == 0);
    CHECK(base_.text("SELECT completed || ' ' || failed || ' ' || cancelled FROM"
                     " outbound_call_runs") ==
          base_.text("SELECT count(*) FILTER (WHERE status = 'completed') || ' ' ||"
                     " count(*) FILTER (WHERE status = 'failed') || ' ' ||"
                     " count(*) FILTER (WHERE status = 'cancelled') FROM outbound_call_jobs"));
  }

  std::mt19937_64 random_;
  database base_;
  business_id business_;
  batch_store store_;
  run_id run_;
  std::vector<job_id> ids_;
  std::vector<model_job> model_;
  std::set<int> promised_;
  std::uint64_t last_token_ = 0;
};

} // namespace

TEST_CASE("random histories agree with a plain model, batch by batch") {
  const char* given = std::getenv("RINGMASTER_TEST_SEED");
  const std::uint64_t first = given != nullptr ? std::stoull(given) : 1;
  const std::uint64_t count = given != nullptr ? 1 : 5;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    INFO("again with RINGMASTER_TEST_SEED=" << seed);
    history run{seed};
    for (int i = 0; i < batches; ++i)
      run.step();
  }
}
