// What every actor of a node is given at its start: clocks, chance, its neighbours, settings of the
// dialling itself. One value, shared and never changed after the start.
#pragma once

#include "actors/clock.hpp"
#include "actors/counters.hpp"
#include "actors/interfaces.hpp"
#include "actors/overdue.hpp"
#include "actors/roster.hpp"

#include <atomic>
#include <memory>
#include <vector>

namespace spdlog {
class logger;
}

namespace ringmaster {

/// Times and sizes of dialling; the defaults are those of config/ringmaster.json.
struct dialing_settings {
  /// A create request that was not sent by then is never sent.
  seconds send_deadline{5};
  /// How long an actor waits for the store before it reads the truth again.
  seconds store_patience{30};
  /// The same for a bulk page, which may wait behind many others.
  seconds bulk_patience{600};
  /// How long a direct call may wait for the carrier's pace.
  seconds direct_patience{10};
  /// A supervisor with nothing to do leaves after that.
  seconds idle_after{60};
  /// Job ids that a run actor holds at once.
  std::int32_t page_jobs = 24;
  /// Jobs made or cancelled in one bulk transaction.
  std::int32_t bulk_page = 5000;
};

struct services {
  time_source now;
  token_source new_token;
  random_source random;
  std::shared_ptr<spdlog::logger> log;
  std::shared_ptr<counters> count;
  dialing_settings dialing;
  looking_settings looking;
  /// Spawn options of our own actors are CAF's defaults; the store's are the wirer's matter.
  std::vector<store_actor> stores;
  std::vector<bulk_store_actor> bulk_stores;
  carrier_actor carrier;
  reconciler_actor reconciler;
  event_feed_actor feed;
  std::shared_ptr<actor_roster> roster; ///< none: nobody looks
  /// Whether anybody listens to the feed; without it, it is told everything.
  std::shared_ptr<const std::atomic<bool>> feed_heard;

  bool somebody_listens() const { return !feed_heard || *feed_heard; }

  /// The one store connection that a business is pinned to (by shard, so that batches of two
  /// connections never meet in a row).
  const store_actor& store_of(business_id business) const;
  const bulk_store_actor& bulk_store_of(business_id business) const;
};

constexpr std::int32_t shard_count = 32; ///< as in db/migrations/001_core.sql

constexpr std::int32_t shard_of(business_id business) {
  return static_cast<std::int32_t>(business.value % shard_count);
}

} // namespace ringmaster
