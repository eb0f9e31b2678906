// Every actor's interface in one place: who can be told what, and what it answers.
// (Who says it to whom, and in which order: actors/README.md.)
#pragma once

#include "actors/message_types.hpp"

namespace ringmaster {

/// The writing side of the database: one actor per connection, one connection per group of shards.
/// Whatever waits in its mailbox shares one transaction; each request is answered after the commit.
using store_actor = caf::typed_actor<
    caf::replies_to<load_business>::with<business_truth>,
    caf::replies_to<load_run>::with<run_truth>, caf::replies_to<claim_job>::with<claim_answer>,
    caf::replies_to<open_direct_calls>::with<open_direct_answer>,
    caf::replies_to<mark_calling>::with<write_answer>,
    caf::replies_to<mark_in_doubt>::with<write_answer>,
    caf::replies_to<finish_call>::with<write_answer>,
    caf::replies_to<requeue_call>::with<write_answer>,
    caf::replies_to<fail_job>::with<write_answer>,
    caf::replies_to<control_run>::with<control_answer>, caf::replies_to<next_jobs>::with<job_page>,
    caf::replies_to<close_slots>::with<write_answer>, caf::replies_to<find_work>::with<work_answer>,
    caf::replies_to<keep_stray>::with<write_answer>,
    caf::replies_to<recall_attempts>::with<recall_answer>, //
    caf::reacts_to<flush_atom>>;

/// Long writes in pages, on connections of their own, so that dialling never waits for them.
using bulk_store_actor = caf::typed_actor<caf::replies_to<materialise_page>::with<page_answer>,
                                          caf::replies_to<cancel_page>::with<page_answer>>;

/// Finds the supervisor of a business, starting one where there is none.
using switchboard_actor = caf::typed_actor<
    // Ownership is ours: take up all open work.
    caf::reacts_to<start_work>,
    // It was lost meanwhile: read everything again, then take up all open work.
    caf::reacts_to<ownership_retaken>,
    // No call starts any more: answered when each supervisor has written what it was told.
    caf::replies_to<drain_atom>::with<acknowledged>,
    // Asked from outside, passed on to the supervisor.
    caf::replies_to<run_created>::with<acknowledged>,
    caf::replies_to<order_run>::with<order_answer>,
    caf::replies_to<call_directly>::with<call_directly_answer>,
    caf::replies_to<settings_changed>::with<acknowledged>,
    caf::replies_to<lead_changed>::with<acknowledged>,
    caf::replies_to<slots_query>::with<slots_answer>,
    caf::replies_to<by_hand>::with<by_hand_answer>,
    // Told by the carrier, passed on likewise.
    caf::replies_to<call_event>::with<event_answer>,
    caf::replies_to<script_query>::with<script_answer>, caf::reacts_to<dial_report>,
    caf::reacts_to<look_report>,
    // Supervisors come and go.
    caf::reacts_to<leave_request>, caf::reacts_to<supervisor_lost>, caf::reacts_to<supervisor_due>,
    caf::reacts_to<idle_round>>;

/// Whoever may hold a permit to send one create request.
using permit_holder_actor = caf::typed_actor<caf::reacts_to<send_permit>>;

/// One carrier account: its pace, its back-off, its requests. The only place that creates calls.
using carrier_actor =
    caf::typed_actor<caf::reacts_to<permit_request, permit_holder_actor>,
                     caf::reacts_to<permit_withdrawal>, caf::reacts_to<permit_return>,
                     // Answered to that switchboard by one dial_report.
                     caf::reacts_to<place_call, switchboard_actor>,
                     caf::replies_to<withdraw_calls>::with<withdrawn>, caf::reacts_to<hang_up_call>,
                     caf::reacts_to<account_crowded>,
                     // Gives no permit any more; answered when each create request has been
                     // answered.
                     caf::replies_to<drain_atom>::with<acknowledged>,
                     caf::replies_to<carrier_query>::with<carrier_view>,
                     caf::replies_to<set_pace>::with<carrier_view>,
                     // From its line, and from its own clock.
                     caf::reacts_to<line_reply>, caf::reacts_to<line_withdrew>,
                     caf::reacts_to<tick_atom, std::uint64_t>>;

/// Asks the carrier about calls, for all businesses: at a bounded pace, in fair turns. The only
/// source of "this call has ended" besides the carrier's callbacks.
using reconciler_actor = caf::typed_actor<
    // Answered to that switchboard by one look_report (a question that already waits: by the same).
    caf::reacts_to<look_into, switchboard_actor>,
    // From its line, and from its own clock.
    caf::reacts_to<line_finding>, caf::reacts_to<page_finding>,
    caf::reacts_to<tick_atom, std::uint64_t>>;

/// Hears what happens to the businesses it asked for.
using listener_actor = caf::typed_actor<caf::reacts_to<event>>;

/// Passes on what happened to whoever listens; drops it when nobody does.
using event_feed_actor =
    caf::typed_actor<caf::reacts_to<event>, //
                     caf::replies_to<subscription, listener_actor>::with<acknowledged>,
                     caf::reacts_to<unsubscription, listener_actor>>;

/// One business: owns its slots and the order in which they are given. Nobody else grants, takes
/// or frees one.
using supervisor_actor = caf::typed_actor<
    // Through the switchboard.
    caf::replies_to<run_created>::with<acknowledged>,
    caf::replies_to<order_run>::with<order_answer>,
    caf::replies_to<call_directly>::with<call_directly_answer>,
    caf::replies_to<settings_changed>::with<acknowledged>,
    caf::replies_to<lead_changed>::with<acknowledged>,
    caf::replies_to<slots_query>::with<slots_answer>,
    caf::replies_to<by_hand>::with<by_hand_answer>, caf::replies_to<call_event>::with<event_answer>,
    caf::replies_to<script_query>::with<script_answer>, caf::reacts_to<dial_report>,
    caf::reacts_to<look_report>, caf::reacts_to<idle_query>, caf::reacts_to<leave_granted>,
    caf::reacts_to<ownership_retaken>, caf::replies_to<drain_atom>::with<acknowledged>,
    // From its run actors.
    caf::reacts_to<slot_request>, caf::reacts_to<call_claimed>, caf::reacts_to<slot_returned>,
    caf::reacts_to<run_ended>, caf::reacts_to<run_failing>,
    // For direct calls, and from its own clock.
    caf::reacts_to<send_permit>, caf::reacts_to<tick_atom, std::uint64_t>>;

/// What the console asks of the node and orders by hand: answers of the roster, or passes on.
using admin_actor = caf::typed_actor<caf::replies_to<actors_query>::with<actors_answer>,
                                     caf::replies_to<carrier_query>::with<carrier_view>,
                                     caf::replies_to<set_pace>::with<carrier_view>,
                                     caf::replies_to<by_hand>::with<by_hand_answer>>;

/// One live run (or the business's direct calls that wait for another attempt): its concurrency,
/// its place in the list, its pause and stop.
using run_actor = caf::typed_actor<
    caf::reacts_to<slot_granted>, caf::reacts_to<send_permit>, caf::reacts_to<call_ended>,
    caf::reacts_to<number_freed>, caf::reacts_to<jobs_added>, caf::reacts_to<run_misconfigured>,
    caf::replies_to<order_run>::with<order_answer>, caf::reacts_to<tick_atom, std::uint64_t>>;

} // namespace ringmaster
