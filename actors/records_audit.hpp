// What the audit tells. Part of actors/records.hpp.
#pragma once

#include "actors/clock.hpp"
#include "actors/ids.hpp"

#include <cstdint>
#include <string>

namespace ringmaster {

struct audit_record {
  std::int64_t id = 0;
  time_point at;
  std::string who;          ///< "key 12", "admin key", "console uid=0"
  business_id business;     ///< none: about the node
  std::string what;         ///< "run.pause"
  std::int64_t subject = 0; ///< the run, job or lead; 0: none
  std::string detail;       ///< JSON
  std::string request;      ///< the API's; empty: it came otherwise
};

} // namespace ringmaster
