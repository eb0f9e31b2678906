// What one transaction of the store carries: requests of every kind with their answers.
#pragma once

#include "actors/interfaces.hpp"
#include "actors/services.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace ringmaster::db {

/// The epoch under which this process owns each shard; 0: not ours. Set by ownership, read by the
/// stores.
struct shard_epochs {
  std::array<std::atomic<std::int64_t>, shard_count> epoch{};
};

template <class Request, class Answer>
struct entry {
  using request_type = Request;
  using answer_type = Answer;

  Request request;
  caf::typed_response_promise<Answer> promise;
  Answer answer = {};
  bool settled = false; ///< answered already: the statements that follow leave it alone

  void settle(Answer with) {
    answer = std::move(with);
    settled = true;
  }
};

template <class Request, class Answer>
using entries = std::vector<entry<Request, Answer>>;

struct store_batch {
  // In the order in which the transaction takes them.
  entries<control_run, control_answer> controls;
  entries<close_slots, write_answer> closed_slots;
  entries<mark_in_doubt, write_answer> doubts;
  entries<mark_calling, write_answer> callings;
  entries<finish_call, write_answer> finishes;
  entries<requeue_call, write_answer> requeues;
  entries<fail_job, write_answer> failures;
  entries<keep_stray, write_answer> strays;
  entries<claim_job, claim_answer> claims;
  entries<open_direct_calls, open_direct_answer> directs;
  entries<load_business, business_truth> businesses;
  entries<load_run, run_truth> runs;
  entries<next_jobs, job_page> pages;
  entries<find_work, work_answer> work;
  entries<recall_attempts, recall_answer> recalls;

  /// Lately ends of calls did not come through that claims may rely on (claim_statements.hpp).
  bool slots_unsure = false;

  /// Calls `f` with a pointer to each list's member in turn.
  template <class F>
  static void each_member(F f) {
    f(&store_batch::controls), f(&store_batch::closed_slots), f(&store_batch::doubts);
    f(&store_batch::callings), f(&store_batch::finishes), f(&store_batch::requeues);
    f(&store_batch::failures), f(&store_batch::claims), f(&store_batch::directs),
        f(&store_batch::businesses);
    f(&store_batch::runs), f(&store_batch::pages), f(&store_batch::work);
    f(&store_batch::strays), f(&store_batch::recalls);
  }

  /// Calls `f` with each list in turn.
  template <class F>
  void each_list(F f) {
    each_member([&](auto member) { f(this->*member); });
  }

  std::size_t size() {
    std::size_t count = 0;
    each_list([&](const auto& list) { count += list.size(); });
    return count;
  }
};

/// A batch for each request by itself, in the order of the kinds. Leaves `all` empty.
inline std::vector<store_batch> split(store_batch& all) {
  std::vector<store_batch> parts;
  store_batch::each_member([&](auto member) {
    for (auto& each : all.*member) {
      parts.emplace_back();
      parts.back().slots_unsure = true;
      (parts.back().*member).push_back(std::move(each));
    }
    (all.*member).clear();
  });
  return parts;
}

// -- which business a request is about (none: not about one) -------------------------------------

template <class Request>
business_id business_of(const Request& request) {
  return request.business;
}
inline business_id business_of(const mark_in_doubt& x) {
  return x.attempt.business;
}
inline business_id business_of(const mark_calling& x) {
  return x.attempt.business;
}
inline business_id business_of(const finish_call& x) {
  return x.attempt.business;
}
inline business_id business_of(const requeue_call& x) {
  return x.attempt.business;
}
inline business_id business_of(const keep_stray& x) {
  return x.attempt.business;
}
inline business_id business_of(const find_work&) {
  return {};
}

// -- answers that are the same for every kind ----------------------------------------------------

inline void set_result(write_answer& to, write_result what) {
  to.result = what;
}
inline void set_result(control_answer& to, write_result what) {
  to.result = what;
}
inline void set_result(open_direct_answer& to, write_result what) {
  to.result = what;
}
inline void set_result(recall_answer& to, write_result what) {
  to.result = what;
}
inline void set_result(business_truth& to, write_result what) {
  to.result = what;
}
inline void set_result(run_truth& to, write_result what) {
  to.result = what;
}
inline void set_result(job_page& to, write_result) {
  to.ok = false;
}
inline void set_result(work_answer& to, write_result) {
  to.ok = false;
}
inline void set_result(claim_answer& to, write_result what) {
  switch (what) {
  case write_result::applied:
    to.result = claim_result::claimed;
    break;
  case write_result::stale:
  case write_result::refused:
    to.result = claim_result::slot_refused;
    break;
  case write_result::fenced:
    to.result = claim_result::fenced;
    break;
  case write_result::unavailable:
    to.result = claim_result::unavailable;
    break;
  case write_result::unknown:
    to.result = claim_result::unknown;
    break;
  }
}

/// Gives every entry of the batch that same answer.
inline void answer_all(store_batch& batch, write_result what) {
  batch.each_list([what](auto& list) {
    for (auto& each : list) {
      each.answer = {};
      set_result(each.answer, what);
    }
  });
}

/// One attempt of one job: the key by which events of a batch are folded and answers found.
struct attempt_key {
  std::int64_t business = 0, job = 0;
  dial_token token;

  friend bool operator<(const attempt_key& a, const attempt_key& b) {
    return std::tie(a.business, a.job, a.token) < std::tie(b.business, b.job, b.token);
  }
};

} // namespace ringmaster::db
