// Direct calls: one to three leads at once, or none of them.
#include "actors/business_supervisor.hpp"
#include "actors/log_lines.hpp"

#include <spdlog/spdlog.h>

namespace ringmaster {

caf::result<call_directly_answer> supervisor_state::call(const call_directly& x) {
  call_directly_answer answer;
  if (!loaded) return answer;
  answer.limit = book.limit();
  answer.active = book.active();
  if (settings.suspended) {
    answer.result = call_directly_answer::verdict::suspended;
    return answer;
  }
  if (book.available() < static_cast<std::int32_t>(x.leads.size())) {
    answer.result = call_directly_answer::verdict::slots_full;
    return answer;
  }
  auto number = ++direct.own().last;
  auto& wish = direct.own().all[number];
  wish.leads = x.leads;
  wish.by = x.by;
  wish.give_up_at = house->now() + house->dialing.direct_patience;
  wish.answer = self->make_response_promise<call_directly_answer>();
  auto me = caf::actor_cast<permit_holder_actor>(caf::actor_cast<supervisor_actor>(self));
  for (std::size_t i = 0; i < x.leads.size(); ++i) {
    wish.slots.push_back(*book.reserve(run_id{}, house->now()));
    auto ticket = house->random();
    wish.tickets.insert(ticket);
    self->send(house->carrier, permit_request{business, ticket, dial_priority::direct}, me);
  }
  arm(house->dialing.direct_patience);
  return wish.answer;
}

bool supervisor_state::direct_permit(std::uint64_t ticket) {
  if (direct.empty()) return false;
  for (auto& [number, wish] : direct.own().all) {
    if (wish.tickets.erase(ticket) == 0) continue;
    ++wish.permits;
    if (wish.tickets.empty()) open_direct(number);
    return true;
  }
  return false;
}

void supervisor_state::open_direct(std::uint64_t number) {
  auto& wish = direct.own().all.at(number);
  open_direct_calls order{business, {}, house->now(), wish.by};
  for (std::size_t i = 0; i < wish.leads.size(); ++i)
    order.orders.push_back({wish.leads[i], wish.slots[i], house->new_token()});
  for (const auto& one : order.orders)
    direct_orders.own().insert(one.token);
  auto era = generation;
  // The clock for giving up stands still while the database decides.
  wish.give_up_at = time_point::max();
  self->request(house->store_of(business), house->dialing.store_patience, order)
      .then(
          [this, era, number, order](const open_direct_answer& opened) {
            if (era != generation) return;
            for (const auto& one : order.orders)
              direct_orders.erase(one.token);
            call_directly_answer answer;
            if (opened.result == write_result::stale) {
              answer.result = call_directly_answer::verdict::refused;
              answer.refusal_code = opened.refusal_code;
              answer.refusal = opened.refusal;
              answer.refused_index = opened.refused_index;
              return drop_direct(number, answer);
            }
            bool nothing_done = opened.result == write_result::unavailable ||
                                opened.result == write_result::refused;
            if (nothing_done) return drop_direct(number, answer);
            if (opened.result != write_result::applied)
              return reload("direct calls: the outcome is not known");
            answer.result = call_directly_answer::verdict::started;
            for (std::size_t i = 0; i < opened.calls.size(); ++i) {
              const auto& one = order.orders[i];
              claimed({run_id{}, one.slot, one.token, opened.calls[i], false});
              if (era != generation) return; // the truth is read anew; the caller was answered
              answer.calls.push_back({one.lead, opened.calls[i].job, job_status::dialing});
            }
            answer.limit = book.limit();
            answer.active = book.active();
            auto& wishes = direct.own().all;
            wishes.at(number).answer.deliver(answer);
            wishes.erase(number);
          },
          [this, era](const caf::error& why) {
            if (era == generation)
              reload("no answer from the store: " + self->system().render(why));
          });
}

/// Nobody knows any more what becomes of them.
void supervisor_state::fail_direct() {
  if (direct.empty()) return;
  for (auto& [number, wish] : std::exchange(direct.own().all, {}))
    wish.answer.deliver(call_directly_answer{});
}

void supervisor_state::drop_direct(std::uint64_t number, call_directly_answer answer) {
  auto& wishes = direct.own().all;
  auto found = wishes.find(number);
  auto wish = std::move(found->second);
  wishes.erase(found);
  for (auto slot : wish.slots)
    book.free(slot);
  for (auto ticket : wish.tickets)
    self->send(house->carrier, permit_withdrawal{business, ticket});
  for (int i = 0; i < wish.permits; ++i)
    self->send(house->carrier, permit_return{});
  answer.limit = book.limit();
  answer.active = book.active();
  wish.answer.deliver(answer);
  fill_slots();
}

} // namespace ringmaster
