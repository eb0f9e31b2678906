// Which prefixes of numbers wait because the carrier refuses them as a whole (no permission for the
// country): their leads are kept for a person to mend that, and not tried one after the other. Each
// pause ends with one call that is tried; after a few of them the refusal is taken as final, so
// that no run waits for ever. Pure: time is handed in.
#pragma once

#include "actors/clock.hpp"
#include "actors/ids.hpp"

#include <map>
#include <optional>
#include <string>

namespace ringmaster {

/// The country's calling code; within +1, which is many countries', the area code too:
/// "+972501234567" -> "+972", "+14155550100" -> "+1415".
std::string calling_prefix(const phone_number& phone);

class prefix_pauses {
public:
  static constexpr seconds first_pause{300}; ///< doubled each time
  static constexpr int most_pauses = 5;      ///< two and a half hours in all

  /// The carrier has refused that number's prefix. Until when it waits now; nothing: it was refused
  /// too often, the number fails.
  std::optional<time_point> refused(const phone_number& phone, time_point now);
  /// Until when numbers like that one wait; nothing: they may be called.
  std::optional<time_point> paused(const phone_number& phone, time_point now);
  /// A call to that number was placed: its prefix is allowed.
  void allowed(const phone_number& phone);
  bool empty() const { return pauses_.empty(); }

private:
  struct pause {
    time_point until;
    int times = 0;
  };

  std::map<std::string, pause> pauses_;
};

} // namespace ringmaster
