// The whole actor tree under CAF's deterministic scheduler: simulated time, the real store on a
// real PostgreSQL, and a modelled line to the carrier. Nothing runs but what a test lets run.
#pragma once

#include "actors/carrier.hpp"
#include "actors/reconciler.hpp"
#include "actors/services.hpp"
#include "db/ownership.hpp"
#include "tests/support/database.hpp"
#include "tests/support/modelled_line.hpp"

#include <caf/scheduler/test_coordinator.hpp>

#include <memory>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string>

namespace ringmaster::test {

struct world_options {
  pace limits; ///< of the carrier
  dialing_settings dialing;
  looking_settings looking;
  look_pace look_limits;
  unsigned seed = 1;         ///< of tokens, tickets and jitter
  bool random_order = false; ///< actors run in an order drawn from the seed
};

class world {
public:
  explicit world(world_options options = {});
  ~world();

  database base;
  modelled_line* line = nullptr; ///< owned by the carrier actor
  std::shared_ptr<counters> count = std::make_shared<counters>();
  std::shared_ptr<carrier_health> health; ///< since the last start
  std::shared_ptr<services> house;
  switchboard_actor board;

  time_point now() const;
  /// Runs all that can run now.
  void settle();
  /// Runs one actor once; false when nothing can run.
  bool step();
  void advance(microseconds time);
  /// So many seconds, one after the other.
  void pass(int time_s);
  /// Sets the wall clock forward or back: no time passes.
  void set_clock(microseconds by) { epoch_ += by; }

  /// Ends the actors and starts them again on the same database, as after a crash. The line forgets
  /// its calls.
  void restart();
  /// The same with a carrier that goes on: requests never sent die, calls live.
  void crash();

  /// Asks the switchboard and waits for the answer.
  template <class Answer, class Request>
  Answer ask(const Request& request) {
    Answer answer;
    auto pending = (*driver_)->request(board, seconds{3600}, request);
    settle();
    if (!(*driver_)->has_next_message()) throw std::runtime_error("no answer");
    pending.receive([&](const Answer& given) { answer = given; },
                    [&](const caf::error& why) {
                      throw std::runtime_error("no answer: " + system_->render(why));
                    });
    return answer;
  }
  /// Sends without waiting.
  template <class Message>
  void tell(const Message& message) {
    caf::anon_send(board, message);
  }

  call_event event_of(const modelled_line::call& call, carrier_status status, int sequence = 0,
                      int duration = 0) const;
  /// The carrier tells something about a call of its.
  event_result report(const modelled_line::call& call, carrier_status status, int sequence = 0,
                      int duration = 0);
  /// The call ends at the carrier and its callback arrives.
  event_result complete(modelled_line::call& call, carrier_status how = carrier_status::completed);
  /// Completes calls one by one until none of the business is live and nothing more is started.
  void complete_all(business_id business);

  /// A running run of so many new leads, told to the switchboard.
  run_id start_run(business_id business, int leads);
  /// How many jobs of the run have that status; of all runs where none is named.
  std::int64_t jobs_in(run_id run, const std::string& status);
  std::int64_t jobs_in(const std::string& status);
  std::string status_of(run_id run);

  /// What the log has said so far, and forgets it.
  std::string log();
  caf::actor_system& system() { return *system_; }
  caf::scheduler::test_coordinator& scheduler();

private:
  struct actor_config;
  void start();
  void end();

  world_options options_;
  std::mt19937_64 random_;
  std::uint64_t tokens_ = 0;
  std::ostringstream log_text_;
  std::shared_ptr<spdlog::logger> log_;
  std::unique_ptr<db::ownership> owner_;
  time_point epoch_; ///< of the present actor system's clock
  std::unique_ptr<actor_config> config_;
  std::unique_ptr<caf::actor_system> system_;
  std::unique_ptr<caf::scoped_actor> driver_;
};

} // namespace ringmaster::test
