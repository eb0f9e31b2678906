// The switchboard: knows the supervisor of each business that has something to do, starts one on
// first need, lets an idle one go and starts a crashed one again, from the database.
#pragma once

#include "actors/backoff.hpp"
#include "actors/services.hpp"

#include <deque>
#include <memory>
#include <unordered_map>

namespace ringmaster {

struct switchboard_state {
  static inline const char* name = "switchboard";

  switchboard_state(switchboard_actor::pointer self) : self(self) {}
  /// Without the switchboard nobody can reach a business: all supervisors end, and their runs.
  ~switchboard_state();

  struct line {
    supervisor_actor supervisor;
    std::uint64_t forwarded = 0; ///< messages sent to it since its start
  };

  switchboard_actor::pointer self;
  std::shared_ptr<const services> house;
  std::unordered_map<business_id, line> lines;
  std::unordered_map<business_id, backoff> restarts; ///< of supervisors that broke lately
  /// In which order they are asked whether they are idle. (That of `lines` depends on the ids:
  /// simulated histories would differ by them.) Those that have left go when it is their turn.
  struct turn {
    business_id business;
    std::uint64_t actor;
  };
  std::deque<turn> turns;
  bool rounds = false; ///< the next idle_round is under way

  /// The supervisor of a business, counting one message forwarded to it.
  const supervisor_actor& reach(business_id business);
  void take_up_all_work();
  void read_all_again();
  caf::result<acknowledged> drain();
  void let_go(const leave_request& wish);
  void lost(const supervisor_lost& down);
  void ask_the_idle();
  void start_again(business_id business);

private:
  line& start(business_id business);
  void next_round();
};

switchboard_actor::behavior_type
switchboard(switchboard_actor::stateful_pointer<switchboard_state> self,
            std::shared_ptr<const services> house);

} // namespace ringmaster
