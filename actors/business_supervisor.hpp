// The supervisor of one business: the promise of the product. It alone grants, takes and frees the
// business's call slots, places its calls, and hears what the carrier says of them. What it decides
// is committed by the store before it acts on it or acknowledges it; whenever it can't be sure what
// is committed, it reads the truth again and starts over from there (reload).
#pragma once

#include "actors/backoff.hpp"
#include "actors/fair_order.hpp"
#include "actors/overdue.hpp"
#include "actors/services.hpp"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace ringmaster {

/// A promise that is kept once, whoever comes first: with the result, or with "not now".
template <class Answer>
class once {
public:
  explicit once(caf::typed_response_promise<Answer> promise)
      : promise_(std::make_shared<caf::typed_response_promise<Answer>>(std::move(promise))) {}
  void operator()(Answer answer) const {
    if (!promise_->pending()) return;
    promise_->deliver(std::move(answer));
    *promise_ = {};
  }

private:
  std::shared_ptr<caf::typed_response_promise<Answer>> promise_;
};

struct supervisor_state {
  static inline const char* name = "business_supervisor";

  explicit supervisor_state(supervisor_actor::pointer self) : self(self) {}

  /// A live run and its actor. The direct lane stands under run none.
  struct run_line {
    run_actor actor;
    open_run about;
    int failures = 0; ///< of its actor, in a row
  };

  /// A direct call on its way: slots are reserved, permits are asked for.
  struct direct_wish {
    std::vector<lead_id> leads;
    std::vector<slot_number> slots;
    std::set<std::uint64_t> tickets; ///< not yet granted
    std::int32_t permits = 0;        ///< granted
    time_point give_up_at;
    caf::typed_response_promise<call_directly_answer> answer;
  };

  /// A call outside the slots, from its discovery to its end.
  struct stray_line {
    attempt_ref attempt;
    phone_number phone;
    time_point found_at;
    look_record look;
  };

  supervisor_actor::pointer self;
  std::shared_ptr<const services> house;
  switchboard_actor board;
  business_id business;

  bool loaded = false;
  std::uint64_t generation = 0; ///< raised by each reload: older answers are void
  std::uint64_t heard = 0;      ///< messages from the switchboard
  business_settings settings;
  slot_book book;
  fair_order order;
  std::map<run_id, run_line> runs;
  std::set<run_id> waiting_for_number;
  std::map<call_sid, stray_line> strays;
  int taking_up = 0;                           ///< new runs that are being read
  std::map<std::uint64_t, direct_wish> direct; ///< by number
  std::uint64_t last_direct = 0;
  std::vector<dial_report> early_reports;  ///< came before the truth was read
  std::vector<std::function<void()>> owed; ///< facts that the database could not take yet
  std::set<caf::actor_addr> dying;         ///< run actors of an older generation
  backoff rest{milliseconds{200}, milliseconds{5'000}};
  time_point idle_since{};
  time_point tick_at{};
  time_point limit_told_at{};

  // -- the truth (supervisor_truth.cpp)
  void load();
  void take_over(business_truth truth);
  void reload(const std::string& why);
  void run_down(const caf::down_msg& down);
  void tick();
  void arm(microseconds wait);
  bool idle() const;

  // -- slots and runs (supervisor_runs.cpp)
  void fill_slots();
  void start_run(const open_run& about);
  void return_slot(const slot_returned& back);
  void claimed(const call_claimed& call);
  void end_run(run_id run);
  void run_failed(const run_failing& x);
  caf::result<acknowledged> take_up(const run_created& x);
  caf::result<acknowledged> read_settings();
  caf::result<order_answer> obey(const order_run& x);
  void withdraw_unsent(run_id run, std::function<void()> then);
  void hang_up_run(run_id run);

  // -- calls (supervisor_calls.cpp)
  void place(slot_entry& entry);
  void reported(const dial_report& report);
  caf::result<event_answer> happened(const call_event& e);
  caf::result<script_answer> script_for(const script_query& query);

  // -- what the event feed hears (supervisor_events.cpp)
  void tell(const slot_entry& entry, const std::string& state);
  void tell_left(const slot_entry& entry, job_status job_now, const std::string& detail);
  void tell_slots_changed();

  // -- asking the carrier (supervisor_looks.cpp)
  void restored(slot_entry& entry, const live_call& call);
  void look_around();
  time_point next_look() const;
  void looked(const look_report& report);

  // -- calls outside the slots (supervisor_strays.cpp)
  void suspect(const attempt_ref& attempt, const call_sid& sid,
               std::function<void(event_answer)> answer);
  void stray_found(const attempt_ref& attempt, const call_sid& sid, const phone_number& phone,
                   const std::string& why, std::function<void(event_answer)> answer);
  void stray_ended(const call_sid& sid, const std::string& how,
                   std::function<void(event_answer)> answer);
  void stray_looked(const look_report& report);
  void take_strays(const std::vector<live_stray>& known);
  void forget_strays();
  bool stray_at(const phone_number& phone) const;

  // -- direct calls (supervisor_direct.cpp)
  caf::result<call_directly_answer> call(const call_directly& x);
  bool direct_permit(std::uint64_t ticket);
  void open_direct(std::uint64_t number);
  void drop_direct(std::uint64_t number, call_directly_answer answer);
  void direct_lane();

  /// Writes a fact and goes on with `then` once the database has taken it or found it stale. While
  /// the database is away the fact is owed, and `owing` is told so; when the outcome can't be
  /// known, the truth is read again.
  template <class Fact>
  void write(Fact fact, std::function<void(write_result)> then,
             std::function<void()> owing = nullptr);
  void write_failed(write_result result, std::function<void()> again,
                    const std::function<void()>& owing);

private:
  void obey_event(slot_entry& entry, const call_event& e,
                  const std::function<void(event_answer)>& answer);
  void finish(const slot_entry& entry, const call_event& e,
              const std::function<void(event_answer)>& answer);
  void release(const dial_token& token, bool requeued, time_point next_attempt_at,
               job_status job_now, const std::string& detail = {});
  void named(const slot_entry& entry, const call_sid& sid, std::function<void(write_result)> then,
             std::function<void()> owing = nullptr);
  void requeue(const slot_entry& entry, const dial_report& report);
  void fail(const slot_entry& entry, const dial_report& report);
  void doubt(const slot_entry& entry, const dial_report& report);
  void told_limit();
  void ask_about(slot_entry& entry);
  void known_looked(slot_entry& entry, const look_report& report);
  void search_looked(slot_entry& entry, const look_report& report);
  void recognise(slot_entry& entry, const std::vector<seen_call>& calls, time_point asked_at,
                 const recall_answer& past);
  void hear(slot_entry& entry, const seen_call& call);
  void missing(slot_entry& entry);
  void not_missing(slot_entry& entry);
  void gone(const slot_entry& entry);
  void absent(slot_entry& entry, time_point asked_at);
  void end_call(slot_entry& entry);
};

/// The slots within the limit; the others close when their call ends.
std::vector<slot_number> open_slots(const business_truth& truth);

supervisor_actor::behavior_type
business_supervisor(supervisor_actor::stateful_pointer<supervisor_state> self,
                    std::shared_ptr<const services> house, switchboard_actor board,
                    business_id business);

template <class Fact>
void supervisor_state::write(Fact fact, std::function<void(write_result)> then,
                             std::function<void()> owing) {
  auto era = generation;
  self->request(house->store_of(business), house->dialing.store_patience, fact)
      .then(
          [this, era, fact, then, owing](const write_answer& answer) {
            if (era != generation) return;
            if (answer.result == write_result::applied || answer.result == write_result::stale)
              return then(answer.result);
            write_failed(
                answer.result, [this, fact, then] { write(fact, then); }, owing);
          },
          [this, era](const caf::error& why) {
            if (era == generation)
              reload("no answer from the store: " + self->system().render(why));
          });
}

} // namespace ringmaster
