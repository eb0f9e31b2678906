#include "net/api/story.hpp"

#include "actors/course.hpp"
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
  std::string request{};
};

double seconds_between(time_point from, time_point to) {
  return static_cast<double>((to - from).count()) / 1e6;
}

/// What is told of one step of a course. Words that are not ours are a call's status, from a
/// callback with its number.
happened told_of(const course_step& step, std::int32_t attempt) {
  const auto said = [&](const char* what, const char* name) {
    auto detail = json_out::object();
    if (name != nullptr) detail[name] = text_or_null(step.detail);
    return happened{step.at, what, attempt, {}, std::move(detail)};
  };
  if (step.what == "slot") return said("slot_granted", nullptr);
  if (step.what == "post") return said("posted", nullptr);
  if (step.what == "answer") return said("carrier_answer", "http_status");
  if (step.what == "script") return said("script_asked", nullptr);
  if (step.what == "look") return said("carrier_asked", "status");
  if (step.what == "put_back") return said("put_back", "reason");
  auto callback = said("callback", "sequence");
  callback.detail["status"] = step.what;
  return callback;
}

/// When the slot was granted that this claim used; none: that is not known.
std::optional<time_point> granted_at(const std::vector<course_step>& course, time_point claimed) {
  std::optional<time_point> granted;
  for (const auto& step : course)
    if (step.what == "slot" && step.at <= claimed) granted = step.at;
  return granted;
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
  const auto course = read_course(x.course);
  for (const auto& step : course)
    if (step.at <= x.claimed_at) all.push_back(told_of(step, x.attempt));
  const auto granted = granted_at(course, x.claimed_at);
  all.push_back(
      {x.claimed_at,
       "claimed",
       x.attempt,
       {},
       {{"slot", x.slot.value},
        {"waited_s", seconds_between(waits_since, x.claimed_at)},
        {"waited_for", for_slot ? json_out("slot") : json_out()},
        {"pace_s", granted ? json_out(seconds_between(*granted, x.claimed_at)) : json_out()}},
       x.request});
  for (const auto& step : course)
    if (step.at > x.claimed_at) all.push_back(told_of(step, x.attempt));
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
    all.push_back({act.at, act.what, 0, act.who, script_view(act.detail), act.request});
  auto waits_since = story.queued_at;
  for (const auto& attempt : story.attempts) {
    add_attempt(all, attempt, waits_since);
    waits_since = attempt.ended_at.value_or(attempt.claimed_at);
  }
  for (const auto& step : read_course(story.course))
    all.push_back(told_of(step, 0));
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
                      {"request_id", text_or_null(one.request)},
                      {"detail", std::move(one.detail)}});
  return events;
}

namespace {

http_response story_view(const job_record& job, const call_story& story) {
  auto shown = view(job);
  shown["job_id"] = job.id.value;
  shown["request_id"] = text_or_null(story.request);
  shown["events"] = story_events(story);
  return json_response(200, shown);
}

/// Of a live call the supervisor knows more than is written.
void add_news(call_story& story, const slots_answer& slots) {
  if (story.attempts.empty()) return;
  auto& live = story.attempts.back();
  for (const auto& slot : slots.slots)
    if (slot.job == story.job && slot.attempt == live.attempt && !live.ended_at)
      live.course = slot.course;
}

} // namespace

answer tell_story(api_request& request) {
  const auto job = request.db.job(request.ids.business, request.ids.job);
  if (!job) return job.error();
  const auto story = request.db.story_of(request.ids.business, request.ids.job);
  if (!story) return story.error();
  const bool live = story->status == job_status::dialing || story->status == job_status::calling;
  if (!live) return story_view(*job, *story);
  return after_asking<slots_answer>(
      slots_query{request.ids.business},
      [job = *job, story = *story](api_request&, const result<slots_answer>& said) -> answer {
        auto told = story;
        if (said && said->ok) add_news(told, *said);
        return story_view(job, told);
      });
}

} // namespace ringmaster::net::api
