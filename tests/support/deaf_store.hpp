// A store whose answers can be kept back: the database does what it is asked, and nobody hears of
// it.
#pragma once

#include "actors/interfaces.hpp"

#include <caf/all.hpp>

#include <memory>
#include <type_traits>

namespace ringmaster::test {

/// What is done and not answered.
struct deafness {
  bool claims = false, facts = false;
};

struct deaf_store_state {
  static inline const char* name = "deaf store";

  store_actor real;
  std::shared_ptr<deafness> deaf;

  template <class Answer, class Request>
  caf::typed_response_promise<Answer> pass(store_actor::pointer self, const Request& request) {
    auto promise = self->make_response_promise<Answer>();
    const bool kept_back = std::is_same_v<Request, claim_job>
                               ? deaf->claims
                               : std::is_same_v<Answer, write_answer> && deaf->facts;
    if (kept_back)
      caf::anon_send(real, request);
    else
      promise.delegate(real, request);
    return promise;
  }
};

inline store_actor::behavior_type deaf_store(store_actor::stateful_pointer<deaf_store_state> self,
                                             const store_actor& real,
                                             std::shared_ptr<deafness> deaf) {
  self->state.real = real;
  self->state.deaf = std::move(deaf);
  self->set_exit_handler([self](caf::exit_msg& message) {
    self->send_exit(self->state.real, message.reason);
    self->quit(std::move(message.reason));
  });
  const auto pass = [self](auto answer, const auto& request) {
    return self->state.template pass<decltype(answer)>(self, request);
  };
  return {[=](const load_business& x) { return pass(business_truth{}, x); },
          [=](const load_run& x) { return pass(run_truth{}, x); },
          [=](const claim_job& x) { return pass(claim_answer{}, x); },
          [=](const open_direct_calls& x) { return pass(open_direct_answer{}, x); },
          [=](const mark_calling& x) { return pass(write_answer{}, x); },
          [=](const mark_in_doubt& x) { return pass(write_answer{}, x); },
          [=](const finish_call& x) { return pass(write_answer{}, x); },
          [=](const requeue_call& x) { return pass(write_answer{}, x); },
          [=](const fail_job& x) { return pass(write_answer{}, x); },
          [=](const control_run& x) { return pass(control_answer{}, x); },
          [=](const next_jobs& x) { return pass(job_page{}, x); },
          [=](const close_slots& x) { return pass(write_answer{}, x); },
          [=](const find_work& x) { return pass(work_answer{}, x); },
          [=](const keep_stray& x) { return pass(write_answer{}, x); },
          [=](const recall_attempts& x) { return pass(recall_answer{}, x); },
          [](flush_atom) {}};
}

} // namespace ringmaster::test
