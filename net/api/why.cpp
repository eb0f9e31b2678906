// Why is this lead not being called now? The gates between a waiting job and its call, in order;
// the first that is shut holds it.
#include "net/api/handlers.hpp"
#include "net/api/preconditions.hpp"
#include "net/api/views.hpp"

namespace ringmaster::net::api {
namespace {

struct gate {
  std::string name;
  bool open = true;
  std::string message; ///< for people, when shut
  std::optional<time_point> until;
};

gate configured(const api_request& request) {
  if (auto why = dialling_refusal(request.config))
    return {"configuration", false, why->message, {}};
  for (const auto& check : request.ready())
    if (!check.ok) return {"configuration", false, check.message, {}};
  return {"configuration", true, {}, {}};
}

gate carrier_open(const api_request& request) {
  for (const auto& check : request.ready())
    if (check.rests_until) return {"carrier", false, check.message, check.rests_until};
  return {"carrier", true, {}, {}};
}

gate run_open(const job_gates& facts) {
  if (facts.run_now == run_status::running) return {"run", true, {}, {}};
  if (facts.run_now == run_status::paused) return {"run", false, "the run is paused", {}};
  if (facts.run_now == run_status::pending) return {"run", false, "the run is about to start", {}};
  return {"run",
          false,
          "the run has ended" + (facts.run_error.empty() ? "" : ": " + facts.run_error),
          {}};
}

gate due(const job_gates& facts, time_point now) {
  if (!facts.next_attempt_at || *facts.next_attempt_at <= now) return {"due", true, {}, {}};
  return {"due", false, "it waits for its next attempt", facts.next_attempt_at};
}

std::vector<gate> gates_of(const api_request& request, const job_gates& facts) {
  const auto number = [](std::int64_t n) { return std::to_string(n); };
  std::vector<gate> all;
  all.push_back(configured(request));
  all.push_back({"business", !facts.business_suspended, "the business is suspended", {}});
  all.push_back({"lead", facts.lead_callable, "the lead was deleted or must not be called", {}});
  all.push_back(run_open(facts));
  all.push_back(due(facts, request.now));
  all.push_back(
      {"number",
       !facts.same_number,
       "another call to the same number is live (job " + number(facts.same_number.value) + ")",
       {}});
  all.push_back({"turn",
                 facts.ahead == 0,
                 number(facts.ahead) + (facts.ahead >= 10'000 ? " or more" : "") +
                     " leads of the run are before it",
                 {}});
  all.push_back({"concurrency",
                 !facts.run || facts.run_live < facts.run_concurrency,
                 "the run has " + number(facts.run_live) + " of " + number(facts.run_concurrency) +
                     " calls live",
                 {}});
  all.push_back({"slots",
                 facts.active < facts.limit,
                 number(facts.active) + " of " + number(facts.limit) + " slots are taken",
                 {}});
  all.push_back(carrier_open(request));
  return all;
}

} // namespace

answer explain_job(api_request& request) {
  auto facts = request.db.gates_of(request.ids.business, request.ids.job);
  if (!facts) return facts.error();
  const bool waits = facts->status == job_status::queued;
  auto shown = json_out::array();
  const gate* holds = nullptr;
  const auto gates = waits ? gates_of(request, *facts) : std::vector<gate>{};
  for (const auto& each : gates) {
    if (!each.open && holds == nullptr) holds = &each;
    shown.push_back({{"gate", each.name},
                     {"open", each.open},
                     {"message", each.open ? json_out() : json_out(each.message)},
                     {"until", time_or_null(each.until)}});
  }
  const auto status = std::string(to_string(facts->status));
  return json_response(
      200, {{"job_id", request.ids.job.value},
            {"status", status},
            {"held_by", holds ? json_out(holds->name) : json_out()},
            {"message", holds   ? holds->message
                        : waits ? "nothing holds it: it is next, or waits for the carrier's pace"
                                : "it does not wait: it is " + status},
            {"until", holds ? time_or_null(holds->until) : json_out()},
            {"gates", std::move(shown)}});
}

} // namespace ringmaster::net::api
