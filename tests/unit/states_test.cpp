#include "actors/log_lines.hpp"
#include "actors/states.hpp"

#include <catch2/catch.hpp>

#include <array>

using namespace ringmaster;

namespace {

constexpr std::array jobs{job_status::queued,    job_status::dialing, job_status::calling,
                          job_status::completed, job_status::failed,  job_status::cancelled};
constexpr std::array runs{run_status::pending,   run_status::running,   run_status::paused,
                          run_status::completed, run_status::cancelled, run_status::failed};

} // namespace

TEST_CASE("a terminal job moves nowhere but, on a person's word, from failed to queued") {
  for (auto from : jobs)
    for (auto to : jobs)
      if (is_terminal(from))
        CHECK(may_move(from, to) == (from == job_status::failed && to == job_status::queued));
}

TEST_CASE("a job becomes live only by being claimed") {
  for (auto from : jobs) {
    CHECK(may_move(from, job_status::dialing) == (from == job_status::queued));
    CHECK(may_move(from, job_status::calling) == (from == job_status::dialing));
  }
}

TEST_CASE("a run that was stopped or failed stays so") {
  for (auto to : runs) {
    CHECK_FALSE(may_move(run_status::cancelled, to));
    CHECK_FALSE(may_move(run_status::failed, to));
  }
  CHECK(may_move(run_status::running, run_status::paused));
  CHECK(may_move(run_status::paused, run_status::running));
  CHECK_FALSE(may_move(run_status::pending, run_status::completed));
}

TEST_CASE("every state's name reads back as that state") {
  for (auto s : jobs)
    CHECK(job_status_from(to_string(s)) == s);
  for (auto s : runs)
    CHECK(run_status_from(to_string(s)) == s);
  for (int i = 0; i <= static_cast<int>(call_outcome::in_doubt); ++i) {
    auto outcome = static_cast<call_outcome>(i);
    CHECK(call_outcome_from(to_string(outcome)) == outcome);
  }
  for (int i = 0; i <= static_cast<int>(carrier_status::canceled); ++i) {
    auto status = static_cast<carrier_status>(i);
    CHECK(carrier_status_from(to_string(status)) == status);
  }
  CHECK(carrier_status_from("answered") == carrier_status::in_progress);
  CHECK_FALSE(job_status_from("Queued"));
  CHECK_FALSE(carrier_status_from(""));
}

TEST_CASE("answered calls complete a job, all others fail it") {
  CHECK(job_status_of(call_outcome::answered) == job_status::completed);
  CHECK(job_status_of(call_outcome::machine) == job_status::completed);
  for (auto o : {call_outcome::busy, call_outcome::no_answer, call_outcome::failed,
                 call_outcome::canceled, call_outcome::in_doubt})
    CHECK(job_status_of(o) == job_status::failed);
}

TEST_CASE("a masked number can be recognised and not called") {
  CHECK(masked(phone_number{"+972501234567"}) == "+97250*****67");
  CHECK(masked(phone_number{"+12345"}) == "******");
  CHECK(masked(phone_number{}).empty());
}
