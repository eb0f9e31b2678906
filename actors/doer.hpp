// Who wants something done, and by which request of the API: for the audit and the log.
#pragma once

#include <caf/meta/type_name.hpp>

#include <string>

namespace ringmaster {

struct doer {
  std::string who{};     ///< "key 12", "admin key", "console uid=0"; empty: nobody is named
  std::string request{}; ///< its X-Request-Id; empty: it came otherwise
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, doer& x) {
  return f(caf::meta::type_name("doer"), x.who, x.request);
}

} // namespace ringmaster
