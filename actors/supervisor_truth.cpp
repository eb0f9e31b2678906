// How a supervisor comes to know the truth, at its start and whenever it lost certainty, and how it
// leaves when there is nothing to do.
#include "actors/business_supervisor.hpp"
#include "actors/log_lines.hpp"

#include <spdlog/spdlog.h>

namespace ringmaster {

std::vector<slot_number> open_slots(const business_truth& truth) {
  std::vector<slot_number> open;
  for (auto slot : truth.slots)
    if (slot.value <= truth.settings.max_outbound_calls) open.push_back(slot);
  return open;
}

void supervisor_state::load() {
  auto era = generation;
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
  rest.reset();
  loaded = true;
  idle_since = house->now();
  // stale: there is no such business. It owns no slot and every callback for it is stale.
  settings = truth.settings;
  for (const auto& call : truth.live) {
    book.restore(call);
    restored(*book.find(call.slot), call);
  }
  take_strays(truth.strays);
  book.set_open(open_slots(truth));
  tell_slots_changed();
  for (const auto& about : truth.runs)
    start_run(about);
  if (truth.direct_waiting) direct_lane();
  for (const auto& report : std::exchange(early_reports, {}))
    reported(report);
  look_around();
}

void supervisor_state::reload(const std::string& why) {
  house->log->error("[Supervisor] Reading the truth again: {}{}", why, fields(business));
  ++house->count->supervisors_restarted;
  ++generation;
  loaded = false;
  owed.clear(); // each is a fact that the carrier tells again, or the truth already knows
  for (auto& [number, wish] : std::exchange(direct, {}))
    wish.answer.deliver(call_directly_answer{});
  for (auto& [run, line] : std::exchange(runs, {})) {
    dying.insert(line.actor.address());
    self->send_exit(line.actor, caf::exit_reason::kill);
  }
  order = fair_order{};
  waiting_for_number.clear();
  book.for_each([this](slot_entry& entry) { not_missing(entry); });
  book = slot_book{};
  forget_strays();
  // A dying run may have a claim in the store's mailbox: the truth is asked for behind it.
  if (dying.empty()) arm(rest.next(house->random()));
}

void supervisor_state::run_down(const caf::down_msg& down) {
  if (down.source == board.address()) return self->quit(caf::exit_reason::user_shutdown);
  if (dying.erase(down.source) > 0) {
    if (dying.empty() && !loaded) arm(rest.next(house->random()));
    return;
  }
  for (const auto& [run, line] : runs) {
    if (line.actor.address() != down.source) continue;
    runs.erase(run);
    return reload("a run's actor ended: " + self->system().render(down.reason));
  }
}

void supervisor_state::arm(microseconds wait) {
  auto at = house->now() + wait;
  if (tick_at != time_point{} && tick_at <= at) return;
  tick_at = at;
  self->delayed_send(self, wait, tick_atom::value);
}

void supervisor_state::tick() {
  auto now = house->now();
  if (now < tick_at) return; // a leftover of an earlier wish
  tick_at = time_point{};
  if (!loaded) {
    if (dying.empty()) load();
    return;
  }
  for (const auto& again : std::exchange(owed, {}))
    again();
  for (auto it = direct.begin(); it != direct.end();) {
    auto number = (it++)->first;
    if (direct[number].give_up_at > now) continue;
    call_directly_answer answer;
    answer.result = call_directly_answer::verdict::paced;
    drop_direct(number, answer);
  }
  if (!idle()) {
    idle_since = now;
  } else if (now - idle_since >= house->dialing.idle_after) {
    idle_since = now;
    self->send(board, leave_request{business, heard});
  }
  if (!direct.empty()) arm(seconds{1});
  look_around();
}

bool supervisor_state::idle() const {
  return loaded && runs.empty() && taking_up == 0 && direct.empty() && owed.empty() &&
         strays.empty() && book.active() == 0;
}

void supervisor_state::write_failed(write_result result, std::function<void()> again,
                                    const std::function<void()>& owing) {
  if (result != write_result::unavailable)
    return reload(result == write_result::fenced ? "this server does not own the business any more"
                                                 : "a write's outcome is not known");
  owed.push_back(std::move(again));
  if (owing) owing();
  arm(milliseconds{500});
}

} // namespace ringmaster
