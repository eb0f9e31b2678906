// What can be a message between actors. None of it ever leaves the process (nodes meet in
// PostgreSQL), so CAF is asked neither to write it down nor to print it: a phone number in a
// message stays there.
#pragma once

#include "actors/admin_messages.hpp"
#include "actors/business_messages.hpp"

#include <caf/all.hpp>

// Each whole message; what is only a part of one need not stand here.
// clang-format off
#define RINGMASTER_MESSAGES(MESSAGE) \
  MESSAGE(claim_job) \
  MESSAGE(claim_answer) \
  MESSAGE(open_direct_calls) \
  MESSAGE(open_direct_answer) \
  MESSAGE(mark_calling) \
  MESSAGE(mark_in_doubt) \
  MESSAGE(finish_call) \
  MESSAGE(requeue_call) \
  MESSAGE(fail_job) \
  MESSAGE(write_answer) \
  MESSAGE(control_run) \
  MESSAGE(control_answer) \
  MESSAGE(next_jobs) \
  MESSAGE(job_page) \
  MESSAGE(load_business) \
  MESSAGE(business_truth) \
  MESSAGE(load_run) \
  MESSAGE(run_truth) \
  MESSAGE(close_slots) \
  MESSAGE(find_work) \
  MESSAGE(work_answer) \
  MESSAGE(materialise_page) \
  MESSAGE(cancel_page) \
  MESSAGE(page_answer) \
  MESSAGE(permit_request) \
  MESSAGE(send_permit) \
  MESSAGE(permit_withdrawal) \
  MESSAGE(permit_return) \
  MESSAGE(place_call) \
  MESSAGE(dial_report) \
  MESSAGE(line_reply) \
  MESSAGE(withdraw_calls) \
  MESSAGE(line_withdrew) \
  MESSAGE(withdrawn) \
  MESSAGE(hang_up_call) \
  MESSAGE(call_event) \
  MESSAGE(event_answer) \
  MESSAGE(script_query) \
  MESSAGE(script_answer) \
  MESSAGE(run_ended) \
  MESSAGE(run_failing) \
  MESSAGE(start_work) \
  MESSAGE(ownership_retaken) \
  MESSAGE(idle_query) \
  MESSAGE(leave_request) \
  MESSAGE(supervisor_due) \
  MESSAGE(leave_granted) \
  MESSAGE(supervisor_lost) \
  MESSAGE(idle_round) \
  MESSAGE(subscription) \
  MESSAGE(unsubscription) \
  MESSAGE(run_created) \
  MESSAGE(order_run) \
  MESSAGE(order_answer) \
  MESSAGE(call_directly) \
  MESSAGE(call_directly_answer) \
  MESSAGE(settings_changed) \
  MESSAGE(lead_changed) \
  MESSAGE(slots_query) \
  MESSAGE(slots_answer) \
  MESSAGE(by_hand) \
  MESSAGE(by_hand_answer) \
  MESSAGE(carrier_query) \
  MESSAGE(set_pace) \
  MESSAGE(carrier_view) \
  MESSAGE(actors_query) \
  MESSAGE(actors_answer) \
  MESSAGE(acknowledged) \
  MESSAGE(slot_request) \
  MESSAGE(slot_granted) \
  MESSAGE(slot_returned) \
  MESSAGE(call_claimed) \
  MESSAGE(call_ended) \
  MESSAGE(number_freed) \
  MESSAGE(run_misconfigured) \
  MESSAGE(jobs_added) \
  MESSAGE(event) \
  MESSAGE(keep_stray) \
  MESSAGE(recall_attempts) \
  MESSAGE(recall_answer) \
  MESSAGE(look_into) \
  MESSAGE(look_report) \
  MESSAGE(line_finding) \
  MESSAGE(page_finding) \
  MESSAGE(account_crowded)
// clang-format on

#define RINGMASTER_TYPE_ID(type)                                                                   \
  CAF_ADD_TYPE_ID(ringmaster, (ringmaster::type))                                                  \
  CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ringmaster::type)
CAF_BEGIN_TYPE_ID_BLOCK(ringmaster, caf::first_custom_type_id)
RINGMASTER_MESSAGES(RINGMASTER_TYPE_ID)
CAF_ADD_ATOM(ringmaster, ringmaster, flush_atom, "flush")
CAF_ADD_ATOM(ringmaster, ringmaster, tick_atom, "tick")
CAF_ADD_ATOM(ringmaster, ringmaster, drain_atom, "drain")
CAF_END_TYPE_ID_BLOCK(ringmaster)
#undef RINGMASTER_TYPE_ID

// CAF's envelopes of each are compiled in message_types.cpp, once, and not wherever one is sent.
#define RINGMASTER_ENVELOPES(compile, type)                                                        \
  compile caf::detail::tuple_vals_impl<caf::type_erased_tuple, ringmaster::type>;                  \
  compile caf::detail::tuple_vals_impl<caf::detail::message_data, ringmaster::type>;               \
  compile caf::detail::tuple_vals<ringmaster::type>;                                               \
  compile caf::detail::type_erased_value_impl<ringmaster::type>;                                   \
  compile caf::mailbox_element_vals<ringmaster::type>;
// (Nobody calls its dispose(), which would not compile.)
#define RINGMASTER_ELSEWHERE(type)                                                                 \
  template <>                                                                                      \
  void caf::mailbox_element_vals<ringmaster::type>::dispose() noexcept;                            \
  RINGMASTER_ENVELOPES(extern template class, type)
RINGMASTER_MESSAGES(RINGMASTER_ELSEWHERE)
#undef RINGMASTER_ELSEWHERE

namespace ringmaster {

/// Makes them known to an actor system that is about to start.
void register_messages(caf::actor_system_config& config);

} // namespace ringmaster
