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

} // namespace ringmaster::config
