// The operator's log: one line an event, with the fields business= run= job= call_sid=. The
// bracketed beginnings are what operators search for and stay as they are.
#pragma once

#include "actors/ids.hpp"

#include <string>

namespace ringmaster {

/// "+972501234567" -> "+97250*****67": enough to recognise, not enough to call.
std::string masked(const phone_number& phone);

/// " business=3 run=7 job=40 call_sid=CA… request=order-7" of what is known.
std::string fields(business_id business, run_id run = {}, job_id job = {}, const call_sid& sid = {},
                   const std::string& request = {});

} // namespace ringmaster
