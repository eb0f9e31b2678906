// What each route of the API does: straight-line code, one function per route.
#pragma once

#include "net/api/request.hpp"

namespace ringmaster::net::api {

// businesses.cpp
answer create_business(api_request& request);
answer list_businesses(api_request& request);
answer get_business(api_request& request);
answer change_business(api_request& request);

// overview.cpp
answer show_caller(api_request& request);
answer show_overview(api_request& request);
answer list_overview(api_request& request);
answer show_pulse(api_request& request);
answer stream_events(api_request& request);

// keys.cpp
answer list_keys(api_request& request);
answer create_key(api_request& request);
answer get_key(api_request& request);
answer change_key(api_request& request);
answer rotate_key(api_request& request);
answer revoke_key(api_request& request);

// audit.cpp
answer list_audit(api_request& request);

// leads.cpp
answer import_leads(api_request& request);
answer preview_leads(api_request& request);
answer list_leads(api_request& request);
answer get_lead(api_request& request);
answer change_lead(api_request& request);
answer delete_lead(api_request& request);

// runs.cpp
answer create_run(api_request& request);
answer list_runs(api_request& request);
answer get_run(api_request& request);
answer pause_run(api_request& request);
answer resume_run(api_request& request);
answer stop_run(api_request& request);

// jobs.cpp
answer list_jobs(api_request& request);
answer show_outcomes(api_request& request);
answer get_job(api_request& request);
answer requeue_job(api_request& request);
answer explain_job(api_request& request); // why.cpp
answer tell_story(api_request& request);  // story.cpp

// calls.cpp
answer call_leads(api_request& request);
answer list_slots(api_request& request);
answer list_calls(api_request& request);

} // namespace ringmaster::net::api
