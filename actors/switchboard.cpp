#include "actors/switchboard.hpp"

#include "actors/broken.hpp"
#include "actors/business_supervisor.hpp"
#include "actors/counted_actor.hpp"
#include "actors/log_lines.hpp"

#include <spdlog/spdlog.h>

namespace ringmaster {

// There are ten thousands of them. The allocator's next size is 1,792.
static_assert(actor_size<supervisor_actor, supervisor_state> <= 1536);

namespace {

/// The supervisors are asked in so many parts, twice in idle_after, so that never all speak at
/// once.
constexpr std::size_t parts = 32;

/// Tells of an actor's end. (CAF's monitor takes more memory, and names an address alone.)
void tell_of_end(const supervisor_actor& supervisor, business_id business,
                 const switchboard_actor& board) {
  auto* actor = caf::actor_cast<caf::abstract_actor*>(supervisor);
  actor->attach_functor([business, board, id = actor->id()](const caf::error& why) {
    const auto broke = why != caf::exit_reason::user_shutdown;
    caf::anon_send(board, supervisor_lost{business, id, broke, board->home_system().render(why)});
  });
}

} // namespace

switchboard_state::~switchboard_state() {
  for (const auto& [business, line] : lines)
    caf::anon_send_exit(line.supervisor, caf::exit_reason::user_shutdown);
}

switchboard_state::line& switchboard_state::start(business_id business) {
  auto me = caf::actor_cast<switchboard_actor>(self);
  auto supervisor = spawn_counted<supervisor_actor, supervisor_state>(
      *self, house->roster, "business=" + std::to_string(business.value),
      [house = house, me, business](auto* supervisor) {
        return business_supervisor(supervisor, house, me, business);
      });
  ++house->count->supervisors_started;
  tell_of_end(supervisor, business, me);
  turns.push_back({business, supervisor->id()});
  if (!rounds) next_round();
  return lines[business] = line{supervisor, 0};
}

const supervisor_actor& switchboard_state::reach(business_id business) {
  auto found = lines.find(business);
  auto& line = found == lines.end() ? start(business) : found->second;
  ++line.forwarded;
  return line.supervisor;
}

void switchboard_state::take_up_all_work() {
  // Any store connection sees the work of all shards.
  self->request(house->stores.front(), house->dialing.store_patience, find_work{})
      .then(
          [this](const work_answer& work) {
            if (!work.ok) {
              self->delayed_send(self, seconds{1}, start_work{});
              return;
            }
            for (auto business : work.businesses)
              if (lines.count(business) == 0) start(business);
            if (!work.businesses.empty())
              house->log->info("[Start] Taking up the open work of {} businesses",
                               work.businesses.size());
          },
          [this](const caf::error&) { self->delayed_send(self, seconds{1}, start_work{}); });
}

void switchboard_state::read_all_again() {
  for (const auto& [business, line] : lines)
    self->send(reach(business), ownership_retaken{});
  take_up_all_work();
}

caf::result<acknowledged> switchboard_state::drain() {
  auto promise = self->make_response_promise<acknowledged>();
  auto owing = std::make_shared<std::size_t>(lines.size());
  auto all_well = std::make_shared<bool>(true);
  auto heard = [owing, all_well, promise](bool well) mutable {
    *all_well = *all_well && well;
    if (--*owing == 0) promise.deliver(acknowledged{*all_well});
  };
  if (lines.empty()) promise.deliver(acknowledged{});
  for (const auto& [business, line] : lines)
    self->request(reach(business), house->dialing.store_patience, drain_atom::value)
        .then([heard](acknowledged answer) mutable { heard(answer.ok); },
              [heard](const caf::error&) mutable { heard(false); });
  return promise;
}

void switchboard_state::let_go(const leave_request& wish) {
  auto found = lines.find(wish.business);
  // It was let go already, and another has come.
  if (found == lines.end() || found->second.supervisor->id() != wish.actor) return;
  // Something is on its way to it: it isn't idle any more, and is asked again.
  if (found->second.forwarded != wish.heard) return;
  auto supervisor = found->second.supervisor;
  lines.erase(found);
  restarts.erase(wish.business);
  ++house->count->supervisors_left;
  self->send(supervisor, leave_granted{});
}

void switchboard_state::next_round() {
  rounds = true;
  self->delayed_send(self, microseconds{house->dialing.idle_after} / 2 / parts, idle_round{});
}

/// One part of the supervisors.
void switchboard_state::ask_the_idle() {
  rounds = false;
  for (auto due = (turns.size() + parts - 1) / parts; due > 0; --due) {
    const auto turn = turns.front();
    turns.pop_front();
    const auto line = lines.find(turn.business);
    if (line == lines.end() || line->second.supervisor->id() != turn.actor) continue;
    self->send(line->second.supervisor, idle_query{});
    turns.push_back(turn);
  }
  if (!turns.empty()) next_round();
}

void switchboard_state::lost(const supervisor_lost& down) {
  const auto business = down.business;
  auto found = lines.find(business);
  // It had been let go, and another may have come since.
  if (found == lines.end() || found->second.supervisor->id() != down.actor) return;
  lines.erase(found);
  if (!down.broke) return;
  auto& rest =
      restarts.try_emplace(business, milliseconds{100}, milliseconds{10'000}).first->second;
  auto wait = rest.next(house->random());
  ++house->count->supervisors_restarted;
  house->log->error("[Switchboard] Supervisor ended ({}); starting it again from the database "
                    "in {} ms{}",
                    down.why, wait.count(), fields(business));
  self->delayed_send(self, wait, supervisor_due{business});
}

void switchboard_state::start_again(business_id business) {
  if (lines.count(business) == 0) start(business);
}

switchboard_actor::behavior_type
switchboard(switchboard_actor::stateful_pointer<switchboard_state> self,
            std::shared_ptr<const services> house) {
  auto& state = self->state;
  state.house = std::move(house);
  self->set_exception_handler(broken);
  return {
      [self](start_work) { self->state.take_up_all_work(); },
      [self](ownership_retaken) { self->state.read_all_again(); },
      [self](drain_atom) { return self->state.drain(); },
      [self](const run_created& x) { return self->delegate(self->state.reach(x.business), x); },
      [self](const order_run& x) { return self->delegate(self->state.reach(x.business), x); },
      [self](const call_directly& x) { return self->delegate(self->state.reach(x.business), x); },
      [self](const settings_changed& x) {
        return self->delegate(self->state.reach(x.business), x);
      },
      [self](const lead_changed& x) { return self->delegate(self->state.reach(x.business), x); },
      [self](const by_hand& x) { return self->delegate(self->state.reach(x.business), x); },
      [self](const slots_query& x) { return self->delegate(self->state.reach(x.business), x); },
      [self](const call_event& x) {
        return self->delegate(self->state.reach(x.attempt.business), x);
      },
      [self](const script_query& x) {
        return self->delegate(self->state.reach(x.attempt.business), x);
      },
      [self](const dial_report& x) { self->send(self->state.reach(x.attempt.business), x); },
      [self](const look_report& x) { self->send(self->state.reach(x.attempt.business), x); },
      [self](const leave_request& x) { self->state.let_go(x); },
      [self](const supervisor_lost& x) { self->state.lost(x); },
      [self](const supervisor_due& x) { self->state.start_again(x.business); },
      [self](idle_round) { self->state.ask_the_idle(); },
  };
}

} // namespace ringmaster
