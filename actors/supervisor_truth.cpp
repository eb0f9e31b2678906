// How a supervisor comes to know the truth, at its start and whenever it lost certainty, and how it
// leaves when there is nothing to do.
#include "actors/business_supervisor.hpp"
#include "actors/log_lines.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace ringmaster {

std::vector<slot_number> open_slots(const business_truth& truth) {
  std::vector<slot_number> open;
  for (auto slot : truth.slots)
    if (slot.value <= truth.settings.max_outbound_calls) open.push_back(slot);
  return open;
}

namespace {

/// A supervisor that was sure of the truth for that long may read it again at once when it is not.
constexpr seconds calm{60};
/// So often a run's actor may break before the run is failed, so that it alone comes to harm.
constexpr int most_broken_actors = 5;

} // namespace

void supervisor_state::load() {
  auto era = generation;
  write_again(true); // ahead of the question, so that its answer holds them
  // Until the truth is known everything else waits in the mailbox.
  self->request(house->store_of(business), house->dialing.store_patience, load_business{business})
      .await(
          [this, era](const business_truth& truth) {
            if (era == generation) take_over(truth);
          },
          [this, era](const caf::error&) {
            if (era == generation) arm(rest.next(house->random()));
          });
}

void supervisor_state::take_over(business_truth truth) {
  if (truth.result != write_result::applied && truth.result != write_result::stale)
    return arm(rest.next(house->random())); // tick() loads again
  loaded = true;
  loaded_at = idle_since = house->now();
  // stale: there is no such business. It owns no slot and every callback for it is stale.
  settings = truth.settings;
  std::vector<dial_token> unsent;
  auto sent = std::exchange(maybe_sent, {});
  for (const auto& call : truth.live) {
    book.restore(call);
    auto& entry = *book.find(call.slot);
    restored(entry, call);
    entry.giving_up = is_ending(call.token);
    if (!began || call.sid || sent.count(call.token) > 0)
      maybe_sent.insert(call.token);
    else if (!entry.giving_up)
      unsent.push_back(call.token);
  }
  began = true;
  take_strays(truth.strays);
  fit_slots(truth);
  for (const auto& about : truth.runs) {
    start_run(about);
    if (about.hang_up) hang_up_run(about.run);
  }
  if (truth.direct_waiting) direct_lane();
  settle_unsent(unsent);
  for (const auto& report : early_reports.take())
    reported(report);
  answer_drained();
  look_around();
}

void supervisor_state::fit_slots(const business_truth& truth) {
  auto open = open_slots(truth);
  book.set_open(open);
  tell_slots_changed();
  tell_gauge();
  // A slot above the limit whose call ended before we knew of the limit closes now.
  if (truth.slots.size() > open.size()) write(close_slots{business}, [](write_result) {});
}

/// Claimed by a run's actor of ours that came to its end before the call was placed: nothing was
/// sent. Who ordered a direct call was told that it was not started, so it must not be.
void supervisor_state::settle_unsent(const std::vector<dial_token>& tokens) {
  auto now = house->now();
  for (const auto& token : tokens) {
    auto* entry = book.find(token);
    entry->giving_up = true;
    self->send(house->carrier, permit_return{});
    attempt_ref attempt{business, entry->job, token};
    house->log->warn("[Supervisor] A claim was not followed by a call{}", fields(business, *entry));
    if (direct_orders->count(token) == 0) {
      write(requeue_call{attempt, now, now, false, "claimed and not dialled"},
            [this, token, now](write_result) { release(token, true, now, job_status::queued); });
      continue;
    }
    finish_call fact;
    fact.attempt = attempt;
    fact.status = job_status::cancelled;
    fact.error = "not started";
    fact.ended_at = now;
    write(fact, [this, token](write_result) { release(token, false, {}, job_status::cancelled); });
  }
  direct_orders.clear();
}

void supervisor_state::reload(const std::string& why) {
  house->log->error("[Supervisor] Reading the truth again: {}{}", why, fields(business));
  if (loaded && house->now() - loaded_at > calm) rest.reset();
  ++house->count->supervisors_reloaded;
  ++generation;
  loaded = false;
  fail_direct();
  for (auto& [run, line] : runs.take()) {
    troubled.own().dying.insert(line.actor.address());
    self->send_exit(line.actor, caf::exit_reason::kill);
  }
  order.clear();
  if (!troubled.empty()) troubled.own().waiting_for_number.clear();
  book.for_each([this](slot_entry& entry) { not_missing(entry); });
  book = slot_book{};
  forget_strays();
  // A dying run may have a claim in the store's mailbox: the truth is asked for behind it.
  if (!runs_are_dying()) begin_again();
}

void supervisor_state::begin_again() {
  self->send(house->carrier, permit_withdrawal{business, 0}); // nobody of ours waits any more
  arm(rest.next(house->random()));
}

/// Whether the message in hand comes from the run's present actor, and not from one of before a
/// reload.
bool supervisor_state::from_live_run(run_id run) const {
  auto line = runs->find(run);
  return line != runs->end() && self->current_sender() != nullptr &&
         line->second.actor.address() == self->current_sender()->address();
}

void supervisor_state::run_down(const caf::down_msg& down) {
  if (runs_are_dying() && troubled.own().dying.erase(down.source) > 0) {
    if (!runs_are_dying() && !loaded) begin_again();
    return;
  }
  auto broken = std::find_if(runs->begin(), runs->end(), [&](const auto& line) {
    return line.second.actor.address() == down.source;
  });
  if (broken == runs->end()) return;
  auto run = broken->first;
  auto why = "a run's actor ended: " + self->system().render(down.reason);
  runs.own().erase(broken);
  if (run && ++troubled.own().failures[run] >= most_broken_actors) give_up_run(run, why);
  reload(why);
}

void supervisor_state::arm(microseconds wait) {
  if (auto number = timer.set(house->now() + wait))
    self->delayed_send(self, wait, tick_atom::value, *number);
}

void supervisor_state::tick(std::uint64_t number) {
  if (!timer.rings(number)) return;
  auto now = house->now();
  if (!loaded) {
    if (!runs_are_dying()) load();
    return;
  }
  give_up_waiting();
  if (!loaded) return; // the truth is read anew
  write_again(false);
  catch_up();
  for (auto it = direct->all.begin(); it != direct->all.end();) {
    const auto& [number, wish] = *it++;
    if (wish.give_up_at > now) continue;
    call_directly_answer answer;
    answer.result = call_directly_answer::verdict::paced;
    drop_direct(number, answer);
  }
  if (!idle()) idle_since = now;
  if (!direct.empty()) arm(seconds{1});
  look_around();
}

/// What the database could not tell when it was asked, and who waits without a reason.
void supervisor_state::catch_up() {
  if (!troubled->to_take_up.empty())
    for (auto run : std::exchange(troubled.own().to_take_up, {}))
      read_run(run);
  if (std::exchange(settings_due, false)) refresh_settings([](bool) {});
  if (std::exchange(numbers_due, false)) wake_number_waiters();
}

bool supervisor_state::idle() const {
  return loaded && runs.empty() && questions == 0 && troubled->to_take_up.empty() &&
         !settings_due && direct.empty() && facts.empty() && strays.empty() && book.active() == 0;
}

void supervisor_state::tell_if_idle() {
  const auto now = house->now();
  if (!idle()) {
    idle_since = now;
  } else if (now - idle_since >= house->dialing.idle_after) {
    idle_since = now;
    self->send(board, leave_request{business, self->id(), heard});
  }
}

} // namespace ringmaster
