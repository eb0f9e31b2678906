// The carrier actor: one carrier account. Gives send permits at the account's pace, sends each
// create request through its line at most once, judges the answers and backs off where the carrier
// asks for it.
#pragma once

#include "actors/backoff.hpp"
#include "actors/carrier_line.hpp"
#include "actors/carrier_rules.hpp"
#include "actors/counters.hpp"
#include "actors/interfaces.hpp"
#include "actors/pacer.hpp"
#include "actors/wake.hpp"

#include <atomic>
#include <memory>
#include <unordered_map>

namespace spdlog {
class logger;
}

namespace ringmaster {

struct carrier_settings {
  pace limits;
  milliseconds first_backoff{500};
  milliseconds longest_backoff{60'000};
  /// A business whose caller ID is refused may try one call after so long, doubled each time.
  milliseconds first_caller_rest{30'000};
  milliseconds longest_caller_rest{600'000};
  /// A permit that is neither used nor given back by then is counted as unused (its holder died).
  seconds permit_life{15};
};

/// What the outside may ask of the account's condition (/readyz), written by the actor alone.
struct carrier_health {
  std::atomic<bool> locked_out{false};     ///< credentials or account refused by the carrier
  std::atomic<time_point> rests_until{{}}; ///< nothing is sent before that
  /// Why: the HTTP status that it answered, 0 for no answer, or crowded.
  std::atomic<std::int32_t> rests_for{0};
  static constexpr std::int32_t crowded = -1; ///< too many calls of the account are up
};

struct carrier_config {
  carrier_settings settings;
  std::shared_ptr<carrier_line> line; ///< none: nothing can be sent
  time_source now;
  random_source random;
  std::shared_ptr<spdlog::logger> log;
  std::shared_ptr<counters> count;
  std::shared_ptr<carrier_health> health;
};

struct carrier_state {
  static inline const char* name = "carrier";

  carrier_state(carrier_actor::pointer self) : self(self) {}

  carrier_actor::pointer self;
  carrier_config config;
  std::unique_ptr<pacer> pace;
  std::unique_ptr<backoff> rest;
  /// Of an account whose calls fail since too many are up: an accepted request ends it not.
  std::unique_ptr<backoff> crowd;
  time_point crowded_at{};
  milliseconds crowd_wait{0};                                     ///< the last one
  std::unordered_map<std::uint64_t, permit_holder_actor> holders; ///< by ticket
  std::deque<time_point> permits; ///< given and not yet used, oldest first
  struct request {
    switchboard_actor reports;
    bool taken_back = false;
    time_point placed_at;
  };
  std::unordered_map<dial_token, request> sent; ///< and not yet answered
  std::unordered_map<std::uint64_t, caf::typed_response_promise<withdrawn>> withdrawals;
  std::uint64_t last_withdrawal = 0;
  /// Of the businesses whose caller ID was refused last.
  struct caller_rest {
    backoff rest;
    time_point until;
  };
  std::unordered_map<business_id, caller_rest> refused_callers;
  bool draining = false;
  std::vector<caf::typed_response_promise<acknowledged>> drained;
  wake timer;

  void ask(const permit_request& wish, permit_holder_actor holder);
  void withdraw(const permit_withdrawal& wish);
  void give_back();
  void place(const place_call& call, const switchboard_actor& reports);
  void answered(const line_reply& reply);
  caf::result<acknowledged> drain();
  caf::result<withdrawn> take_back(const withdraw_calls& calls);
  void taken_back(const line_withdrew& answer);
  void hang_up(const hang_up_call& call);
  void crowded();
  void tick(std::uint64_t number);
  carrier_view view() const;
  carrier_view change_pace(const set_pace& wanted);

private:
  void answer_drained();
  void give_permits();
  void use_permit();
  void forget_old_permits(time_point now);
  void arm(time_point at);
  void adjust(judgement verdict, const line_reply& reply, bool taken_back);
  void hold_all(microseconds wait, std::int32_t why);
  void hold_caller(business_id business, const std::string& reason);
  time_point held_until(business_id business) const;
};

carrier_actor::behavior_type carrier(carrier_actor::stateful_pointer<carrier_state> self,
                                     carrier_config config);

} // namespace ringmaster
