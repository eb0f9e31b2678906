#include "net/api/story.hpp"

#include "net/api/handlers.hpp"
#include "net/api/views.hpp"

#include <algorithm>

namespace ringmaster::net::api {
namespace {

struct happened {
  time_point at;
  std::string what;
  std::int32_t attempt = 0;
  std::string by{};
  json_out detail = json_out::object();
};

double seconds_between(time_point from, time_point to) {
  return static_cast<double>((to - from).count()) / 1e6;
}

/// `waits_since`: when the attempt before had ended, or the job was queued.
void add_attempt(std::vector<happened>& all, const story_attempt& x, time_point waits_since) {
  const bool for_slot = x.slot_free_at && *x.slot_free_at > waits_since;
  if (for_slot)
    all.push_back({*x.slot_free_at,
                   "slot_free",
                   x.attempt,
                   {},
                   {{"slot", x.slot.value}, {"held_by_job_id", x.slot_before.value}}});
  all.push_back({x.claimed_at,
                 "claimed",
                 x.attempt,
                 {},
                 {{"slot", x.slot.value},
                  {"waited_s", seconds_between(waits_since, x.claimed_at)},
                  {"waited_for", for_slot ? json_out("slot") : json_out()}}});
  if (x.in_doubt_since)
    all.push_back(
        {*x.in_doubt_since, "in_doubt", x.attempt, {}, {{"error", text_or_null(x.error)}}});
  if (x.named_at)
    all.push_back({*x.named_at,
                   "named",
                   x.attempt,
                   {},
                   {{"call_sid", text_or_null(x.sid.value)},
                    {"after_claim_s", seconds_between(x.claimed_at, *x.named_at)}}});
  if (x.answered_at) all.push_back({*x.answered_at, "answered", x.attempt});
  if (!x.ended_at) return;
  json_out detail{
      {"outcome", x.outcome ? json_out(std::string(to_string(*x.outcome))) : json_out()},
      {"call_sid", text_or_null(x.sid.value)},
      {"duration_s", x.duration_s ? json_out(*x.duration_s) : json_out()},
      {"error", text_or_null(x.error)}};
  all.push_back({*x.ended_at, "ended", x.attempt, {}, std::move(detail)});
}

} // namespace

json_out story_events(const call_story& story) {
  std::vector<happened> all;
  all.push_back({story.queued_at, "queued"});
  if (story.run_started_at) all.push_back({*story.run_started_at, "run_started"});
  for (const auto& act : story.acts)
    all.push_back({act.at, act.what, 0, act.who, script_view(act.detail)});
  auto waits_since = story.queued_at;
  for (const auto& attempt : story.attempts) {
    add_attempt(all, attempt, waits_since);
    waits_since = attempt.ended_at.value_or(attempt.claimed_at);
  }
  if (story.due_at) all.push_back({*story.due_at, "due"});
  if (story.ended_at)
    all.push_back(
        {*story.ended_at, "finished", 0, {}, {{"status", std::string(to_string(story.status))}}});
  std::stable_sort(all.begin(), all.end(),
                   [](const happened& a, const happened& b) { return a.at < b.at; });
  auto events = json_out::array();
  for (auto& one : all)
    events.push_back({{"at", time_or_null(one.at)},
                      {"what", one.what},
                      {"attempt", one.attempt == 0 ? json_out() : json_out(one.attempt)},
                      {"by", text_or_null(one.by)},
                      {"detail", std::move(one.detail)}});
  return events;
}

answer tell_story(api_request& request) {
  const auto job = request.db.job(request.ids.business, request.ids.job);
  if (!job) return job.error();
  const auto story = request.db.story_of(request.ids.business, request.ids.job);
  if (!story) return story.error();
  auto shown = view(*job);
  shown["job_id"] = job->id.value;
  shown["events"] = story_events(*story);
  return json_response(200, shown);
}

} // namespace ringmaster::net::api
