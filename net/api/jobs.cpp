// Jobs: one lead of one run, or one direct call.
#include "net/api/handlers.hpp"
#include "net/api/json_reader.hpp"
#include "net/api/preconditions.hpp"
#include "net/api/query_reader.hpp"
#include "net/api/views.hpp"

#include <spdlog/spdlog.h>

namespace ringmaster::net::api {
namespace {

/// The job of the path; under a run's path only if it is that run's.
result<job_record> find_job(api_request& request) {
  auto job = request.db.job(request.ids.business, request.ids.job);
  if (job && request.ids.run && job->run != request.ids.run)
    return failure{failure_kind::not_found, "job_not_found", "this run has no such job", ""};
  return job;
}

} // namespace

answer list_jobs(api_request& request) {
  query_reader in(request.http.query());
  const auto status = in.choice<job_status>(
      "status", job_status_from, "queued, dialing, calling, completed, failed, cancelled");
  const auto page = in.place();
  if (auto why = in.refusal()) return *why;
  auto run = request.db.run(request.ids.business, request.ids.run);
  if (!run) return run.error();
  auto found = request.db.jobs(request.ids.business, request.ids.run, status, page.limit,
                               page.cursor, page.skip);
  if (!found) return found.error();
  return json_response(200, page_view(*found));
}

answer show_outcomes(api_request& request) {
  auto counts = request.db.outcomes(request.ids.business, request.ids.run);
  if (!counts) return counts.error();
  auto items = json_out::array();
  for (const auto& each : *counts)
    items.push_back({{"outcome", std::string(to_string(each.outcome))},
                     {"jobs", each.jobs},
                     {"talked_s", each.talked_s}});
  return json_response(200, {{"items", std::move(items)}});
}

answer get_job(api_request& request) {
  auto job = find_job(request);
  if (!job) return job.error();
  return json_response(200, view(*job));
}

answer requeue_job(api_request& request) {
  if (!request.http.body.empty()) {
    auto body = parse_json(request.http.body);
    if (!body) return body.error();
    if (auto why = object_reader(*body).refusal()) return *why;
  }
  auto job = find_job(request);
  if (!job) return job.error();
  if (auto why = dialling_refusal(request.config)) return *why;
  job = request.db.requeue_job(request.ids.business, request.ids.job, request.now);
  if (!job) return job.error();
  request.log->info("[Api] job={} of business={} is called once more on a person's word request={}",
                    job->id.value, request.ids.business.value, request.request_id);
  return after_asking<acknowledged>(
      run_created{request.ids.business, job->run},
      [job = *job](api_request& request, const result<acknowledged>& told) -> answer {
        if (!told)
          request.log->warn("[Api] the dialling has not confirmed job={} of business={}: {}",
                            job.id.value, request.ids.business.value, told.error().message);
        return json_response(200, view(job));
      });
}

} // namespace ringmaster::net::api
