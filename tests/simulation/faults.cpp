#include "tests/simulation/faults.hpp"

namespace ringmaster::simulation {

namespace {

/// Half of the histories are spared of a fault; the others have it up to `most`.
double some(dice& draw, double most) {
  if (!draw.chance(0.5)) return 0;
  return most * static_cast<double>(draw.below(1'000)) / 1'000.0;
}

/// Nothing else brings doubt or delay: whose call it is, and when it was known, is sure then.
faults haunted(faults f, dice& draw) {
  f.post_haunts = 0.25;
  f.post_lost_created = f.post_lost_uncreated = f.post_unsent = f.post_queued = f.post_429 = 0;
  f.post_misconfigured = f.post_refused = 0;
  f.crashes = f.commits_lost = f.connections_lost = f.outages = f.takeovers = f.freezes = 0;
  f.query_failed = some(draw, 0.3);
  return f;
}

} // namespace

faults draw_faults(dice& draw) {
  faults f;
  f.in_step = draw.chance(0.5);
  f.store_eager = draw.chance(0.5) ? 1 : 0.1;
  if (draw.chance(0.05)) return f; // all goes well
  f.post_slow = some(draw, 0.3);
  f.post_refused = some(draw, 0.1);
  f.post_misconfigured = draw.chance(0.1) ? 0.03 : 0;
  f.post_429 = some(draw, 0.2);
  f.post_lost_created = some(draw, 0.2);
  f.post_lost_uncreated = some(draw, 0.1);
  f.post_unsent = some(draw, 0.15);
  f.post_queued = some(draw, 0.2);
  f.callback_lost = some(draw, 0.3);
  f.callback_late = some(draw, 0.2);
  f.callback_repeated = some(draw, 0.3);
  f.callback_forged = some(draw, 0.1);
  f.sequences_zero = draw.chance(0.2);
  f.callback_jitter = draw.chance(0.5) ? microseconds{seconds{draw.between(1, 20)}} : seconds{0};
  f.query_failed = some(draw, 0.3);
  f.list_delay = draw.chance(0.5) ? microseconds{seconds{draw.between(1, 30)}} : seconds{0};
  f.call_long = draw.chance(0.1) ? 0.05 : 0;
  f.call_instant = some(draw, 0.1);
  f.call_queued = some(draw, 0.05);
  f.crashes = draw.chance(0.25) ? 1.5 : 0;
  f.commits_lost = draw.chance(0.2) ? 1.5 : 0;
  f.connections_lost = draw.chance(0.1) ? 1.5 : 0;
  f.outages = draw.chance(0.08) ? 1 : 0;
  f.clock_jumps = draw.chance(0.15) ? 2 : 0;
  f.takeovers = draw.chance(0.08) ? 1 : 0;
  f.freezes = draw.chance(0.1) ? 1 : 0;
  if (draw.chance(0.08)) return haunted(f, draw);
  f.calls_per_second = draw.chance(0.2) ? static_cast<double>(draw.between(1, 3)) : 0;
  return f;
}

} // namespace ringmaster::simulation
