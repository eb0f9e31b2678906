// The reconciler: puts the supervisors' questions about overdue and doubtful calls to the carrier,
// at a bounded pace and in fair turns, and carries the answers back. Where many calls are asked
// about by name, a listing of the account's live calls answers first. It decides nothing.
#pragma once

#include "actors/backoff.hpp"
#include "actors/carrier_line.hpp"
#include "actors/counters.hpp"
#include "actors/interfaces.hpp"
#include "actors/live_listing.hpp"
#include "actors/look_queue.hpp"
#include "actors/wake.hpp"

#include <memory>
#include <unordered_map>

namespace spdlog {
class logger;
}

namespace ringmaster {

struct reconciler_config {
  look_pace limits;
  std::shared_ptr<carrier_line> line; ///< null: nothing can be asked, each answer is "failed"
  time_source now;
  random_source random;
  std::shared_ptr<spdlog::logger> log;
  std::shared_ptr<counters> count;
};

struct reconciler_state {
  static inline const char* name = "reconciler";

  explicit reconciler_state(reconciler_actor::pointer self) : self(self) {}

  struct question {
    look_into about;
    switchboard_actor reports;
    time_point asked_at;
    std::size_t lists = 0; ///< of `about.from`, read so far
    std::vector<seen_call> calls;
  };

  reconciler_actor::pointer self;
  reconciler_config config;
  std::unique_ptr<look_queue> queue;
  std::unique_ptr<live_listing> listing;
  switchboard_actor reports; ///< the node's only one
  std::unordered_map<std::uint64_t, question> under_way;
  std::uint64_t last_number = 0;
  time_point page_asked_at{};
  backoff rest{milliseconds{500}, milliseconds{30'000}};
  wake timer;

  void ask(const look_into& about, const switchboard_actor& board);
  void heard(const line_finding& finding);
  void read(const page_finding& finding);
  void tick(std::uint64_t number);

private:
  void put_questions();
  void put(std::uint64_t number);
  void answer(std::uint64_t number, look_result result);
  void slow_down(std::int32_t http_status);
  void begin_listing();
  void put_page(time_point now);
  void listing_over();
};

reconciler_actor::behavior_type
reconciler(reconciler_actor::stateful_pointer<reconciler_state> self, reconciler_config config);

} // namespace ringmaster
