#include "actors/business_supervisor.hpp"

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
  // Without the switchboard nobody can reach this business: end, and the run actors with it.
  self->monitor(state.board);
  state.load();

  return {
      // Through the switchboard: each is counted, so that an idle supervisor leaves only when it
      // has heard everything.
      [self](const run_created& x) {
        ++self->state.heard;
        return self->state.take_up(x);
      },
      [self](const order_run& x) {
        ++self->state.heard;
        return self->state.obey(x);
      },
      [self](const call_directly& x) {
        ++self->state.heard;
        return self->state.call(x);
      },
      [self](const settings_changed&) {
        ++self->state.heard;
        return self->state.read_settings();
      },
      [self](const lead_changed& x) {
        ++self->state.heard;
        return self->state.lead_news(x);
      },
      [self](const slots_query&) {
        ++self->state.heard;
        const auto& state = self->state;
        return slots_answer{state.loaded, state.book.limit(), state.book.views()};
      },
      [self](const by_hand& x) {
        ++self->state.heard;
        return self->state.obey_hand(x);
      },
      [self](const call_event& x) {
        ++self->state.heard;
        return self->state.happened(x);
      },
      [self](const script_query& x) {
        ++self->state.heard;
        return self->state.script_for(x);
      },
      [self](const dial_report& x) {
        ++self->state.heard;
        self->state.reported(x);
      },
      [self](const look_report& x) {
        ++self->state.heard;
        self->state.looked(x);
      },
      [self](leave_granted) { self->quit(); },
      [self](ownership_retaken) {
        ++self->state.heard;
        self->state.retaken();
      },
      [self](drain_atom) {
        ++self->state.heard;
        return self->state.drain();
      },

      // From its run actors.
      [self](const slot_request& x) {
        if (!self->state.from_live_run(x.run)) return;
        self->state.order.ask(x.run);
        self->state.fill_slots();
      },
      [self](const call_claimed& x) {
        // From before a reload: the truth that was read since knows of the claim.
        if (self->state.from_live_run(x.run)) self->state.claimed(x);
      },
      [self](const slot_returned& x) {
        if (self->state.from_live_run(x.run)) self->state.return_slot(x);
      },
      [self](const run_ended& x) {
        if (self->state.from_live_run(x.run)) self->state.end_run(x);
      },
      [self](const run_failing& x) { self->state.run_failed(x); },

      [self](const send_permit& x) {
        if (!self->state.direct_permit(x.ticket))
          self->send(self->state.house->carrier, permit_return{});
      },
      [self](tick_atom, std::uint64_t number) { self->state.tick(number); },
  };
}

} // namespace ringmaster
