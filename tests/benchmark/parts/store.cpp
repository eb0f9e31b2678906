// The store's transactions by their size: so many claims, or so many ends of calls, in one commit.
// Only the batch itself is timed; what makes it possible again is not.
#include "config/chance.hpp"
#include "config/surroundings.hpp"
#include "tests/support/database_store.hpp"

#include <benchmark/benchmark.h>

namespace ringmaster::bench {
namespace {

constexpr int businesses = 100, slots = 3, leads = 6;

/// Busy businesses with queued jobs, and a store's connection.
class stage {
public:
  stage() : store_(base_) {
    for (int i = 0; i < businesses; ++i) {
      owners_.push_back({base_.add_business(slots), {}, {}, 0});
      auto& owner = owners_.back();
      owner.run = base_.add_run(owner.business, base_.add_leads(owner.business, leads));
      owner.jobs = base_.jobs_of(owner.run);
    }
    base_.sql("ANALYZE");
    const auto first = next_claims(businesses); // the first of each kind is planned
    claim(first), name(first), finish(first), queue_again(first);
  }

  /// So many jobs, each in a slot of its own, of as many businesses as that takes.
  std::vector<claim_job> next_claims(std::int64_t count) {
    std::vector<claim_job> claims;
    for (auto& owner : owners_)
      for (int slot = 1; slot <= slots && static_cast<std::int64_t>(claims.size()) < count; ++slot)
        claims.push_back({owner.business, owner.run, owner.jobs[owner.next++ % leads],
                          slot_number{slot}, config::random_token(), config::wall_clock()});
    return claims;
  }

  /// In one transaction; how long it took. Throws unless each of them was done.
  double claim(const std::vector<claim_job>& claims) {
    db::store_batch batch;
    for (const auto& one : claims)
      test::add(batch.claims, one);
    const auto took = timed(batch);
    for (const auto& one : batch.claims)
      if (one.answer.result != claim_result::claimed) throw std::runtime_error("a claim failed");
    return took;
  }
  void name(const std::vector<claim_job>& claims) {
    db::store_batch batch;
    for (const auto& one : claims)
      test::add(batch.callings, mark_calling{attempt(one), call_sid{"CA" + one.token.text()},
                                             config::wall_clock()});
    timed(batch);
  }
  double finish(const std::vector<claim_job>& claims) {
    db::store_batch batch;
    for (const auto& one : claims) {
      finish_call end;
      end.attempt = attempt(one);
      end.status = job_status::completed;
      end.outcome = call_outcome::answered;
      end.sid = call_sid{"CA" + one.token.text()};
      end.ended_at = config::wall_clock();
      test::add(batch.finishes, end);
    }
    const auto took = timed(batch);
    for (const auto& one : batch.finishes)
      if (one.answer.result != write_result::applied) throw std::runtime_error("an end failed");
    return took;
  }

  /// The same jobs can be called once more.
  void queue_again(const std::vector<claim_job>& claims) {
    std::string ids;
    for (const auto& one : claims)
      ids += (ids.empty() ? "" : ",") + std::to_string(one.job.value);
    base_.sql("DELETE FROM call_attempts WHERE job_id IN (" + ids + ")");
    base_.sql("UPDATE outbound_call_jobs SET status = 'queued', attempts = 0, call_sid = NULL,"
              " dial_lock_token = NULL, outcome = NULL, ended_at = NULL WHERE id IN (" +
              ids + ")");
  }

private:
  struct owner {
    business_id business;
    run_id run;
    std::vector<job_id> jobs;
    std::size_t next = 0;
  };

  static attempt_ref attempt(const claim_job& one) { return {one.business, one.job, one.token}; }

  double timed(db::store_batch& batch) {
    const auto begun = std::chrono::steady_clock::now();
    store_.commit(batch);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  }

  test::database base_;
  test::batch_store store_;
  std::vector<owner> owners_;
};

/// What one iteration is timed by.
using once = double (*)(stage&, const std::vector<claim_job>&);

void in_one_commit(benchmark::State& state, once timed) {
  static stage on; // a database of its own, made once
  for (auto _ : state) {
    const auto claims = on.next_claims(state.range(0));
    state.SetIterationTime(timed(on, claims));
    on.queue_again(claims);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

double claim(stage& on, const std::vector<claim_job>& claims) {
  const auto took = on.claim(claims);
  on.name(claims);
  on.finish(claims);
  return took;
}
double finish(stage& on, const std::vector<claim_job>& claims) {
  on.claim(claims);
  on.name(claims);
  return on.finish(claims);
}

void sizes(benchmark::internal::Benchmark* of) {
  of->Arg(1)->Arg(4)->Arg(16)->Arg(64)->Arg(256)->UseManualTime();
}
BENCHMARK_CAPTURE(in_one_commit, claim, claim)->Name("store/claims in one commit")->Apply(sizes);
BENCHMARK_CAPTURE(in_one_commit, finish, finish)->Name("store/ends in one commit")->Apply(sizes);

} // namespace
} // namespace ringmaster::bench
