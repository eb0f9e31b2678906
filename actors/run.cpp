// A run's dealings with its supervisor, the carrier's pace and the claims: the dialling side.
// (Its way through the list, its start and its end: run_course.cpp.)
#include "actors/run.hpp"

#include "actors/at_work.hpp"
#include "actors/log_lines.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace ringmaster {

std::int64_t run_state::used() const {
  return asked +
         static_cast<std::int64_t>(holding.size() + claiming.size() + live.size() - ending.size());
}

void run_state::pump() {
  if (now_in == phase::running) {
    if (resting()) return;
    read_list();
    ask_for_slots();
    if (read_again_at && *read_again_at > house->now()) arm(*read_again_at);
  }
  settle();
}

void run_state::ask_for_slots() {
  auto waiting_jobs =
      static_cast<std::int64_t>(ready.size() - std::min(ready.size(), holding.size())) - asked;
  for (auto wish = std::min(waiting_jobs, about.concurrency - used()); wish > 0; --wish) {
    self->send(supervisor, slot_request{about.run});
    ++asked;
  }
}

void run_state::granted(const slot_granted& x) {
  const auto slot = x.slot;
  if (!x.after)
    --asked;
  else if (live.count(x.after) > 0)
    ending.insert(x.after);
  if (now_in != phase::running || ready.size() <= holding.size() || used() >= about.concurrency)
    return return_unused(slot, return_reason::not_needed);
  auto ticket = house->random();
  holding.emplace_back(ticket, slot);
  auto priority = direct() ? dial_priority::direct : dial_priority::run;
  self->send(house->carrier, permit_request{business, ticket, priority},
             caf::actor_cast<permit_holder_actor>(caf::actor_cast<run_actor>(self)));
}

void run_state::permitted(std::uint64_t ticket) {
  auto found = std::find_if(holding.begin(), holding.end(),
                            [&](const auto& held) { return held.first == ticket; });
  if (found == holding.end()) {
    self->send(house->carrier, permit_return{});
    return;
  }
  auto slot = found->second;
  holding.erase(found);
  if (holding.empty()) holding.shrink_to_fit(); // most runs hold nothing most of the time
  next_with(slot);
}

/// Uses a slot and a permit in hand for the next job, or gives both back.
void run_state::next_with(slot_number slot) {
  if (now_in == phase::running && !ready.empty()) return claim(slot);
  self->send(house->carrier, permit_return{});
  return_unused(slot, return_reason::not_needed);
}

void run_state::claim(slot_number slot) {
  auto job = ready.back();
  ready.pop_back();
  claiming.insert(job);
  in_hand = job;
  auto token = house->new_token();
  claim_job request{business, about.run, job, slot, token, house->now()};
  claims_due.emplace_back(house->now() + house->dialing.store_patience, job);
  arm(claims_due.front().first);
  self->request(house->store_of(business), caf::infinite, request)
      .then([this, job, slot,
             token](const claim_answer& answer) { claimed(job, slot, token, answer); },
            [this](const caf::error& why) {
              stop_on("no answer from the store: " + self->system().render(why));
            });
  in_hand = job_id{};
  read_list();
}

void run_state::claimed(job_id job, slot_number slot, const dial_token& token,
                        const claim_answer& answer) {
  claiming.erase(job);
  claims_due.erase(std::find_if(claims_due.begin(), claims_due.end(),
                                [&](const auto& due) { return due.second == job; }));
  if (claims_due.empty()) claims_due.shrink_to_fit();
  in_hand = job;
  if (answer.result == claim_result::claimed) hand_token = token;
  switch (answer.result) {
  case claim_result::claimed:
    rest.reset();
    if (now_in != phase::running) {
      give_up_claim(job, slot, token);
      break;
    }
    live.insert(job);
    self->send(supervisor, call_claimed{about.run, slot, token, answer, !ready.empty()});
    break;
  case claim_result::not_queued:
  case claim_result::lead_unavailable:
    next_with(slot);
    break;
  case claim_result::not_due:
    wait_for(job, answer.not_before);
    next_with(slot);
    break;
  case claim_result::number_busy:
    number_busy.own().push_back(job);
    self->send(house->carrier, permit_return{});
    return_unused(slot, return_reason::number_busy);
    break;
  case claim_result::run_not_running:
    ready.push_back(job);
    self->send(house->carrier, permit_return{});
    return_unused(slot, return_reason::not_needed);
    if (now_in == phase::running) read_status();
    break;
  case claim_result::business_suspended:
  case claim_result::unavailable:
  case claim_result::fenced:
    ready.push_back(job);
    self->send(house->carrier, permit_return{});
    rest_a_while();
    return_unused(slot, answer.result == claim_result::business_suspended
                            ? return_reason::suspended
                            : return_reason::not_needed);
    break;
  case claim_result::slot_closed:
    ready.push_back(job);
    self->send(house->carrier, permit_return{});
    return_unused(slot, return_reason::slot_closed);
    break;
  case claim_result::slot_refused:
    ready.push_back(job);
    self->send(house->carrier, permit_return{});
    return_unused(slot, return_reason::slot_refused);
    break;
  case claim_result::unknown:
    return stop_on("a claim's outcome is not known");
  }
  in_hand = job_id{};
  hand_token = dial_token{};
  claims_settled();
  pump();
}

/// Claimed, but meanwhile the run was paused or stopped: nothing was sent, so nothing happened.
void run_state::give_up_claim(job_id job, slot_number slot, const dial_token& token) {
  self->send(house->carrier, permit_return{});
  claiming.insert(job); // an order waits until this is settled too
  auto now = house->now();
  requeue_call fact{{business, job, token}, now, now, false, "stopped before it was dialled"};
  self->request(house->store_of(business), house->dialing.store_patience, fact)
      .then(
          [this, job, slot](const write_answer& answer) {
            if (answer.result != write_result::applied)
              return stop_on("a claim could not be given back");
            claiming.erase(job);
            read_again_at = house->now();
            return_unused(slot, return_reason::not_needed);
            claims_settled();
            pump();
          },
          [this](const caf::error& why) {
            stop_on("no answer from the store: " + self->system().render(why));
          });
}

void run_state::return_unused(slot_number slot, return_reason why) {
  self->send(supervisor, slot_returned{about.run, slot, why});
}

void run_state::drop_wishes() {
  for (const auto& [ticket, slot] : std::exchange(holding, {})) {
    self->send(house->carrier, permit_withdrawal{business, ticket});
    return_unused(slot, return_reason::not_needed);
  }
}

void run_state::ended(const call_ended& x) {
  live.erase(x.job);
  ending.erase(x.job);
  if (x.requeued) wait_for(x.job, x.next_attempt_at);
  pump();
}

void run_state::numbers_freed() {
  for (auto job : number_busy.take())
    ready.push_back(job);
  pump();
}

void run_state::rest_a_while() {
  rest_until = house->now() + rest.next(house->random());
  arm(rest_until);
}

bool run_state::resting() {
  auto now = house->now();
  if (rest_until > now + longest_rest) rest_until = now; // the clock was set back
  if (now >= rest_until) return false;
  arm(rest_until);
  return true;
}

bool run_state::a_claim_took_too_long() const {
  return !claims_due.empty() && claims_due.front().first <= house->now();
}

void run_state::claims_settled() {
  if (!claiming.empty()) return;
  for (const auto& go_on : when_claims_settled.take())
    go_on();
}

void run_state::stop_on(const std::string& why) {
  house->log->error("[Run] Ending to be started again from the database: {}{}", why,
                    fields(business, about.run));
  self->quit(caf::make_error(caf::sec::runtime_error, why));
}

namespace {

run_state& mine() {
  return at_work<run_state>::state();
}

/// One set for all runs: none of them knows an actor.
const run_actor::behavior_type& handlers() {
  static const run_actor::behavior_type shared{
      [](const slot_granted& x) { mine().granted(x); },
      [](const send_permit& x) { mine().permitted(x.ticket); },
      [](const call_ended& x) {
        ++mine().heard;
        mine().ended(x);
      },
      [](const number_freed&) { mine().numbers_freed(); },
      [](const jobs_added&) {
        ++mine().heard;
        mine().look_again();
      },
      [](const run_misconfigured& x) { mine().misconfigured(x.reason); },
      [](const order_run& x) { return mine().obey(x); },
      [](tick_atom, std::uint64_t number) { mine().tick(number); },
  };
  return shared;
}

} // namespace

run_actor::behavior_type bulk_run(run_actor::stateful_pointer<run_state> self,
                                  std::shared_ptr<const services> house,
                                  supervisor_actor supervisor, business_id business, open_run about,
                                  std::vector<job_id> live) {
  auto& state = self->state;
  state.house = std::move(house);
  state.supervisor = std::move(supervisor);
  state.business = business;
  state.about = std::move(about);
  for (auto job : live)
    state.live.insert(job);
  // Without its supervisor a run has no right to anything.
  self->monitor(state.supervisor);
  self->set_down_handler([self](const caf::down_msg&) { self->quit(); });
  self->set_exception_handler([self](std::exception_ptr& thrown) -> caf::error {
    auto& state = self->state;
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& e) {
      self->send(state.supervisor,
                 run_failing{state.about.run, state.in_hand, state.hand_token, e.what()});
      return caf::make_error(caf::sec::runtime_error, e.what());
    }
  });
  state.start();

  return handlers();
}

} // namespace ringmaster
