#include "actors/business_supervisor.hpp"

#include "actors/at_work.hpp"
#include "actors/log_lines.hpp"

#include <spdlog/spdlog.h>

namespace ringmaster {

namespace {

/// A bug must not take more than this one business down, and must be told.
caf::error broken_supervisor(const services& house, business_id business,
                             std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& e) {
    house.log->error("[Supervisor] Broke: {}{}", e.what(), fields(business));
    return caf::make_error(caf::sec::runtime_error, e.what());
  }
}

supervisor_state& mine() {
  return at_work<supervisor_state>::state();
}

/// One set for all supervisors: none of them knows an actor.
const supervisor_actor::behavior_type& handlers() {
  static const supervisor_actor::behavior_type shared{
      // Passed on by the switchboard: each is counted, so that an idle supervisor leaves only when
      // it has heard everything. What the switchboard says by itself is not.
      [](const run_created& x) {
        ++mine().heard;
        return mine().take_up(x);
      },
      [](const order_run& x) {
        ++mine().heard;
        return mine().obey(x);
      },
      [](const call_directly& x) {
        ++mine().heard;
        return mine().call(x);
      },
      [](const settings_changed&) {
        ++mine().heard;
        return mine().read_settings();
      },
      [](const lead_changed& x) {
        ++mine().heard;
        return mine().lead_news(x);
      },
      [](const slots_query&) {
        ++mine().heard;
        const auto& state = mine();
        return slots_answer{state.loaded, state.book.limit(), state.book.views()};
      },
      [](const by_hand& x) {
        ++mine().heard;
        return mine().obey_hand(x);
      },
      [](const call_event& x) {
        ++mine().heard;
        return mine().happened(x);
      },
      [](const script_query& x) {
        ++mine().heard;
        return mine().script_for(x);
      },
      [](const dial_report& x) {
        ++mine().heard;
        mine().reported(x);
      },
      [](const look_report& x) {
        ++mine().heard;
        mine().looked(x);
      },
      [](idle_query) { mine().tell_if_idle(); },
      [](leave_granted) { mine().self->quit(); },
      [](ownership_retaken) {
        ++mine().heard;
        mine().retaken();
      },
      [](drain_atom) {
        ++mine().heard;
        return mine().drain();
      },

      // From its run actors.
      [](const slot_request& x) {
        if (!mine().from_live_run(x.run)) return;
        mine().order.own().ask(x.run);
        mine().fill_slots();
      },
      [](const call_claimed& x) {
        // From before a reload: the truth that was read since knows of the claim.
        if (mine().from_live_run(x.run)) mine().claimed(x);
      },
      [](const slot_returned& x) {
        if (mine().from_live_run(x.run)) mine().return_slot(x);
      },
      [](const run_ended& x) {
        if (mine().from_live_run(x.run)) mine().end_run(x);
      },
      [](const run_failing& x) { mine().run_failed(x); },

      [](const send_permit& x) {
        if (!mine().direct_permit(x.ticket))
          mine().self->send(mine().house->carrier, permit_return{});
      },
      [](tick_atom, std::uint64_t number) { mine().tick(number); },
  };
  return shared;
}

} // namespace

supervisor_actor::behavior_type
business_supervisor(supervisor_actor::stateful_pointer<supervisor_state> self,
                    std::shared_ptr<const services> house, switchboard_actor board,
                    business_id business) {
  auto& state = self->state;
  state.house = std::move(house);
  state.board = std::move(board);
  state.business = business;
  self->set_down_handler([self](const caf::down_msg& down) { self->state.run_down(down); });
  self->set_exception_handler([self](std::exception_ptr& thrown) {
    return broken_supervisor(*self->state.house, self->state.business, thrown);
  });
  state.load();
  return handlers();
}

} // namespace ringmaster
