// The store without its actor: batches run on a connection, each answer looked at.
#pragma once

#include "db/store_transaction.hpp"
#include "tests/support/database.hpp"

#include <stdexcept>

namespace ringmaster::test {

class batch_store {
public:
  /// Owns every shard of the database.
  explicit batch_store(database& in, std::chrono::milliseconds plan_life = std::chrono::hours{1});

  /// One transaction; throws when it fails.
  void commit(db::store_batch& batch);
  db::batch_outcome run(db::store_batch& batch) { return db::run_batch(link, epochs, batch); }

  // One request in a transaction of its own.
  claim_answer ask(claim_job x) { return alone(&db::store_batch::claims, x); }
  open_direct_answer ask(open_direct_calls x) { return alone(&db::store_batch::directs, x); }
  write_result ask(mark_calling x) { return alone(&db::store_batch::callings, x).result; }
  write_result ask(mark_in_doubt x) { return alone(&db::store_batch::doubts, x).result; }
  write_result ask(finish_call x) { return alone(&db::store_batch::finishes, x).result; }
  write_result ask(requeue_call x) { return alone(&db::store_batch::requeues, x).result; }
  write_result ask(fail_job x) { return alone(&db::store_batch::failures, x).result; }
  write_result ask(close_slots x) { return alone(&db::store_batch::closed_slots, x).result; }
  control_answer ask(control_run x) { return alone(&db::store_batch::controls, x); }
  business_truth ask(load_business x) { return alone(&db::store_batch::businesses, x); }
  run_truth ask(load_run x) { return alone(&db::store_batch::runs, x); }
  job_page ask(next_jobs x) { return alone(&db::store_batch::pages, x); }
  work_answer ask(find_work x) { return alone(&db::store_batch::work, x); }

  db::shard_epochs epochs;
  db::connection link;

private:
  template <class Request, class Answer>
  Answer alone(db::entries<Request, Answer> db::store_batch::*list, const Request& request) {
    db::store_batch batch;
    (batch.*list).push_back({request, {}});
    commit(batch);
    return (batch.*list).front().answer;
  }
};

/// Adds a request to a list of a batch.
template <class Request, class Answer>
void add(db::entries<Request, Answer>& to, Request request) {
  to.push_back({std::move(request), {}});
}

claim_job claim(business_id business, run_id run, job_id job, int slot, std::uint64_t token_number,
                std::int64_t seconds = 0);
finish_call finish(const attempt_ref& attempt, job_status status,
                   caf::optional<call_outcome> outcome, std::int64_t seconds = 60);

} // namespace ringmaster::test
