// Who wants something done, and by which request of the API: for the audit and the log.
#pragma once

#include <string>

namespace ringmaster {

struct doer {
  std::string who{};     ///< "key 12", "admin key", "console uid=0"; empty: nobody is named
  std::string request{}; ///< its X-Request-Id; empty: it came otherwise
};

} // namespace ringmaster
