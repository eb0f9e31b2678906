#include "tests/simulation/carrier_model.hpp"

#include <cstdio>

namespace ringmaster::simulation {

modelled_call& carrier_model::create(const place_call& request, bool stray) {
  calls_.push_back(std::make_unique<modelled_call>());
  auto& call = *calls_.back();
  call.number = static_cast<int>(calls_.size());
  call.request = request;
  call.stray = stray;
  char sid[40];
  std::snprintf(sid, sizeof sid, "CA%032x", static_cast<unsigned>(call.number));
  call.sid = call_sid{sid};
  call.created_at = on_.plan.now();
  call.listed_from = on_.calm
                         ? call.created_at
                         : call.created_at + on_.draw.time(microseconds{0}, on_.with.list_delay);
  by_sid_[call.sid.value] = &call;
  on_.say("carrier: " + call.name() + (stray ? " created after all for " : " created for ") +
          on_.story.name(request.attempt.job) + " of " + on_.story.name(request.attempt.business) +
          " to " + request.to.value);
  created(call);
  go_on(call, draw_plan(request));
  return call;
}

call_plan carrier_model::draw_plan(const place_call& request) {
  auto& draw = on_.draw;
  call_plan plan;
  const auto kind = draw.below(100);
  plan.end = kind < 65   ? carrier_status::completed
             : kind < 78 ? carrier_status::no_answer
             : kind < 90 ? carrier_status::busy
             : kind < 97 ? carrier_status::failed
                         : carrier_status::canceled;
  plan.until_ringing = draw.time(milliseconds{20}, milliseconds{1'500});
  plan.ringing = draw.time(milliseconds{200}, seconds{12});
  if (plan.end == carrier_status::no_answer)
    plan.ringing = seconds{request.ring_timeout_s} + draw.time(seconds{0}, seconds{5});
  plan.talking = draw.time(seconds{1}, seconds{40});
  plan.rings = draw.chance(0.9);
  if (on_.with.in_step) {
    plan.until_ringing = milliseconds{500};
    plan.talking = seconds{10};
    plan.rings = true;
    if (plan.end != carrier_status::no_answer) plan.ringing = seconds{5};
  }
  if (on_.long_calls) {
    plan.end = carrier_status::completed;
    plan.talking = seconds{180};
  }
  if (on_.strikes(on_.with.call_long)) plan.talking = draw.time(seconds{600}, seconds{10'800});
  if (on_.strikes(on_.with.call_queued)) plan.queued = draw.time(seconds{1}, seconds{90});
  if (on_.strikes(on_.with.call_instant))
    plan.until_ringing = plan.ringing = plan.talking = milliseconds{5};
  return plan;
}

/// A plan is void once something else has happened to the call.
void carrier_model::later(modelled_call& call, microseconds wait, std::function<void()> what) {
  on_.plan.after(wait, [&call, at = call.changes, what = std::move(what)] {
    if (call.changes == at) what();
  });
}

void carrier_model::go_on(modelled_call& call, const call_plan& plan) {
  later(call, plan.queued, [this, &call, plan] {
    move(call, carrier_status::initiated);
    later(call, plan.until_ringing, [this, &call, plan] {
      if (plan.end == carrier_status::failed) return end(call, plan.end);
      if (plan.rings) move(call, carrier_status::ringing);
      later(call, plan.ringing, [this, &call, plan] {
        if (plan.end != carrier_status::completed) return end(call, plan.end);
        call.answered_at = on_.plan.now();
        move(call, carrier_status::in_progress);
        later(call, plan.talking, [this, &call] { end(call, carrier_status::completed); });
      });
    });
  });
}

void carrier_model::move(modelled_call& call, carrier_status to) {
  call.status = to;
  ++call.changes;
  on_.say("carrier: " + call.name() + " is " + std::string{to_string(to)});
  changed(call);
}

void carrier_model::end(modelled_call& call, carrier_status how) {
  if (!call.live()) return;
  if (how == carrier_status::completed && call.answered_at.count() > 0)
    call.talk_s = static_cast<std::int32_t>((on_.plan.now() - call.answered_at) / seconds{1});
  move(call, how);
}

bool carrier_model::hang_up(const call_sid& sid) {
  auto* call = find(sid);
  if (call == nullptr || !call->live()) return false;
  end(*call, call->answered_at.count() > 0 ? carrier_status::completed : carrier_status::canceled);
  return true;
}

modelled_call* carrier_model::find(const call_sid& sid) {
  auto found = by_sid_.find(sid.value);
  return found == by_sid_.end() ? nullptr : found->second;
}

std::optional<carrier_call> carrier_model::told(const modelled_call& call) const {
  if (on_.plan.now() < call.listed_from) return std::nullopt;
  carrier_call x;
  x.sid = call.sid;
  // A call that is being set up has no state of its own when asked for.
  x.status = call.status == carrier_status::initiated ? carrier_status::queued : call.status;
  x.to = call.request.to;
  x.from = call.request.from;
  x.direction = "outbound-api";
  x.created_at = stage::beginning() + call.created_at;
  x.duration_s = call.talk_s;
  return x;
}

std::vector<carrier_call> carrier_model::list(const phone_number& from,
                                              const phone_number& to) const {
  std::vector<carrier_call> all;
  for (const auto& call : calls_) {
    if (call->request.from != from || call->request.to != to) continue;
    if (auto x = told(*call)) all.push_back(*x);
  }
  return all;
}

void carrier_model::list_page(carrier_status status, const std::string& page,
                              page_reply& into) const {
  constexpr std::size_t page_size = 4;
  for (auto at = page.empty() ? 0 : std::stoul(page); at < calls_.size(); ++at) {
    auto x = told(*calls_[at]);
    if (!x || x->status != status) continue;
    if (into.calls.size() == page_size) {
      into.next = std::to_string(at);
      return;
    }
    into.calls.push_back(*x);
  }
}

int carrier_model::live() const {
  int count = 0;
  for (const auto& call : calls_)
    count += call->live() ? 1 : 0;
  return count;
}

int carrier_model::live(business_id business) const {
  int count = 0;
  for (const auto& call : calls_)
    count += call->live() && !call->stray && call->request.attempt.business == business ? 1 : 0;
  return count;
}

} // namespace ringmaster::simulation
