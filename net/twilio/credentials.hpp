// Who we are at the carrier and under which paths: read from the settings once, refused with a
// sentence when they can't work.
#pragma once

#include "net/twilio/twilio_line.hpp"

namespace ringmaster::net {

struct account_access {
  std::string origin;        ///< "https://api.twilio.com"
  std::string calls_path;    ///< "/2010-04-01/Accounts/AC…/Calls", to which ".json" belongs
  std::string authorization; ///< "Basic …"; never to be logged

  /// Path of one call.
  std::string path_of(const call_sid& sid) const;
};

result<account_access> read_access(const twilio_config& config);

} // namespace ringmaster::net
