#include "config/call_health.hpp"

namespace ringmaster::config {

std::string calls_told(const counters& count) {
  auto strays = count.strays_found - count.strays_ended;
  auto missing = count.calls_missing - count.calls_missing_settled;
  std::string told;
  if (strays > 0)
    told = std::to_string(strays) + " stray calls may ring outside the slots and are hung up";
  if (missing > 0)
    told += (told.empty() ? "" : "; ") + std::to_string(missing) +
            " slots are held by calls that the carrier does not know";
  return told;
}

namespace {

std::string why_it_rests(std::int32_t why) {
  if (why == carrier_health::crowded) return "too many calls of the account are up";
  if (why == 0) return "the carrier can't be reached or doesn't answer";
  if (why == 429) return "the carrier asks for fewer requests";
  return "the carrier answers with errors (HTTP " + std::to_string(why) + ")";
}

} // namespace

net::api::readiness_check carrier_told(const std::string& problem, const carrier_health& health,
                                       time_point now) {
  if (!problem.empty()) return {"carrier", false, problem, {}};
  if (health.locked_out)
    return {"carrier", false, "the carrier refuses the account: check the credentials", {}};
  const time_point until = health.rests_until;
  if (until <= now) return {"carrier", true, "", {}};
  return {"carrier", true, why_it_rests(health.rests_for) + ": no call is asked for meanwhile",
          until};
}

} // namespace ringmaster::config
