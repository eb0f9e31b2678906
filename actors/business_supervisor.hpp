// The supervisor of one business: the promise of the product. It alone grants, takes and frees the
// business's call slots, places its calls, and hears what the carrier says of them. What it decides
// is committed by the store before it acts on it or acknowledges it; whenever it can't be sure what
// is committed, it reads the truth again and starts over from there (reload).
#pragma once

#include "actors/backoff.hpp"
#include "actors/ended_calls.hpp"
#include "actors/fair_order.hpp"
#include "actors/overdue.hpp"
#include "actors/prefix_pauses.hpp"
#include "actors/rare.hpp"
#include "actors/services.hpp"
#include "actors/slot_gauge.hpp"
#include "actors/small_set.hpp"
#include "actors/wake.hpp"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace ringmaster {

/// Further back than any request that a call of the carrier can come from.
constexpr seconds request_span{600};

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
    std::string script;                         ///< JSON; empty: the business's default
    std::shared_ptr<const std::string> request; ///< the API's that ordered it; none: of none
    std::uint64_t told = 0;                     ///< how many jobs_added and call_ended
    bool more = false; ///< when it last claimed a job, others waited for a slot
  };

  /// A direct call on its way: slots are reserved, permits are asked for.
  struct direct_wish {
    std::vector<lead_id> leads;
    doer by;
    std::vector<slot_number> slots;
    std::set<std::uint64_t> tickets; ///< not yet granted
    std::int32_t permits = 0;        ///< granted
    time_point give_up_at;
    caf::typed_response_promise<call_directly_answer> answer;
  };

  struct direct_wishes {
    std::map<std::uint64_t, direct_wish> all; ///< by number
    std::uint64_t last = 0;
    bool empty() const { return all.empty(); }
  };

  /// Runs that go another way than most.
  struct troubled_runs {
    small_set<run_id> waiting_for_number;
    small_set<run_id> to_take_up;     ///< new ones that could not be read yet
    std::map<run_id, int> failures;   ///< of a run's actor, since it last claimed a job
    small_set<caf::actor_addr> dying; ///< actors of an older generation
    bool empty() const {
      return waiting_for_number.empty() && to_take_up.empty() && failures.empty() && dying.empty();
    }
  };

  /// A call outside the slots, from its discovery to its end.
  struct stray_line {
    attempt_ref attempt;
    phone_number phone;
    time_point found_at;
    look_record look;
  };

  /// A fact on its way into the database. It outlives a reload: it names its attempt, so writing it
  /// once more does no harm.
  struct pending_fact {
    dial_token token;
    bool final = false; ///< ends the attempt
    std::function<void()> send, owing;
    bool on_its_way = false;
    int sendings = 0; ///< an answer to an earlier one counts no more
    int tries = 0;
    time_point again_at{};  ///< when not on its way
    time_point answer_by{}; ///< when on its way
  };

  supervisor_actor::pointer self;
  std::shared_ptr<const services> house;
  switchboard_actor board;
  business_id business;

  // Thousands of businesses may be up: what is seldom more than a few stands close together, what
  // is seldom anything takes next to no room.
  bool loaded = false;
  bool began = false;        ///< maybe_sent is complete
  bool settings_due = false; ///< changed settings could not be read yet
  bool numbers_due = false;  ///< runs wait for a number, but no call is up
  int questions = 0;         ///< to the database, on whose answer something depends
  /// Asked of the database because their run has no actor: what was read of a run before is old.
  std::uint32_t orders_past_actors = 0;
  std::uint32_t generation = 0; ///< raised by each reload: older answers are void
  backoff rest{milliseconds{200}, milliseconds{5'000}};
  std::uint64_t heard = 0; ///< messages from the switchboard
  business_settings settings;
  slot_book book;
  rare<fair_order> order;
  rare<std::map<run_id, run_line>> runs;
  rare<troubled_runs> troubled;
  rare<prefix_pauses> prefixes;
  rare<std::map<call_sid, stray_line>> strays;
  rare<ended_calls> lately_ended;
  rare<direct_wishes> direct;
  rare<small_set<dial_token>> direct_orders;    ///< their attempts that the database was asked for
  rare<std::vector<dial_report>> early_reports; ///< came before the truth was read
  rare<std::map<std::uint64_t, pending_fact>> facts; ///< in the order in which they were heard
  std::uint64_t last_fact = 0;
  /// Attempts whose create request may have been sent: placed by this actor, or live when it began.
  /// Any other live attempt was claimed under this actor and never placed.
  small_set<dial_token> maybe_sent;
  time_point loaded_at{};
  time_point idle_since{}; ///< since then no work was seen
  wake timer;
  time_point limit_told_at{};
  /// Who waits for what is owed.
  rare<std::vector<caf::typed_response_promise<acknowledged>>> drained;

  slot_gauge gauge;
  /// Since when they stand free: the callback that freed each, or that somebody wants it.
  rare<std::vector<std::pair<slot_number, time_point>>> freed;

  // -- the truth (supervisor_truth.cpp)
  void load();
  void take_over(business_truth truth);
  void fit_slots(const business_truth& truth);
  void reload(const std::string& why);
  void begin_again();
  void settle_unsent(const std::vector<dial_token>& tokens);
  void run_down(const caf::down_msg& down);
  bool from_live_run(run_id run) const;
  void tick(std::uint64_t number);
  void catch_up();
  void arm(microseconds wait);
  /// Until it is answered, the supervisor is not idle.
  template <class Answer, class Question>
  void ask(const Question& question, std::function<void(const Answer&)> then,
           std::function<void(const caf::error&)> failed) {
    ++questions;
    self->request(house->store_of(business), house->dialing.store_patience, question)
        .then(
            [this, then = std::move(then)](const Answer& answer) {
              --questions;
              then(answer);
            },
            [this, failed = std::move(failed)](const caf::error& why) {
              --questions;
              failed(why);
            });
  }
  bool idle() const;
  void tell_if_idle();

  // -- lost ownership and the end (supervisor_end.cpp)
  void retaken();
  caf::result<acknowledged> drain();
  void answer_drained();

  // -- slots and runs (supervisor_runs.cpp)
  void fill_slots();
  void grant_early(slot_entry& ending);
  void start_run(const open_run& about);
  void return_slot(const slot_returned& back);
  void vacate(slot_number slot);
  void claimed(const call_claimed& call);
  void end_run(const run_ended& x);
  void give_up_run(run_id run, const std::string& why);
  void read_run(run_id run);
  void run_failed(const run_failing& x);
  caf::result<acknowledged> take_up(const run_created& x);
  caf::result<acknowledged> read_settings();
  caf::result<acknowledged> lead_news(const lead_changed& x);
  void refresh_settings(std::function<void(bool)> then);
  bool settings_read(const business_truth& truth);
  void wake_number_waiters();
  bool runs_are_dying() const { return !troubled->dying.empty(); }
  void forget_failures(run_id run) {
    if (!troubled.empty()) troubled.own().failures.erase(run);
  }
  /// News that the run must not miss: counted, so that an actor that ends without them is noticed.
  template <class News>
  void tell_run(run_id run, const News& news) {
    auto& line = runs.own().at(run);
    ++line.told;
    self->send(line.actor, news);
  }
  caf::result<order_answer> obey(const order_run& x);
  void withdraw_unsent(const std::function<bool(const slot_entry&)>& which,
                       std::function<void()> then);
  void claim_anew();
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

  // -- by hand, and what is measured (supervisor_by_hand.cpp)
  caf::result<by_hand_answer> obey_hand(const by_hand& x);
  void tell_gauge();
  void note_freed(slot_number slot, time_point heard_at);
  void begin_gap(slot_number wanted);
  std::optional<time_point> end_gap(slot_number slot);
  void measure_gap(const slot_entry& placed);

  // -- asking the carrier (supervisor_looks.cpp)
  void restored(slot_entry& entry, const live_call& call);
  void look_around();
  maybe_time next_look() const;
  void looked(const look_report& report);

  // -- calls outside the slots (supervisor_strays.cpp)
  void suspect(const attempt_ref& attempt, const call_sid& sid,
               std::function<void(event_answer)> answer);
  void stray_found(const attempt_ref& attempt, const call_sid& sid, const phone_number& phone,
                   const std::string& why, std::function<void(event_answer)> answer);
  void stray_ended(const call_sid& sid, const std::string& how,
                   std::function<void(event_answer)> answer);
  void ask_about_strays();
  void stray_looked(const look_report& report);
  void take_strays(const std::vector<live_stray>& known);
  void forget_strays();
  bool stray_at(const phone_number& phone) const;

  // -- direct calls (supervisor_direct.cpp)
  caf::result<call_directly_answer> call(const call_directly& x);
  bool direct_permit(std::uint64_t ticket);
  void open_direct(std::uint64_t number);
  void drop_direct(std::uint64_t number, call_directly_answer answer);
  void fail_direct();
  void direct_lane();

  // -- facts on their way into the database (supervisor_facts.cpp)
  /// Writes a fact and goes on with `then` once the database has taken it or found it stale. Until
  /// then it is kept and written again, also over a reload; `owing` is told each time that it was
  /// not taken. When the outcome can't be known, the truth is read again besides. `then` and
  /// `owing` find what they need by the attempt's token: the book may be another one by then.
  template <class Fact>
  void write(Fact fact, std::function<void(write_result)> then,
             std::function<void()> owing = nullptr);
  void fact_answered(std::uint64_t number, write_result result,
                     const std::function<void(write_result)>& then);
  int fact_leaves(std::uint64_t number);
  bool is_awaited(std::uint64_t number, int sending) const;
  void fact_unanswered(std::uint64_t number, const std::string& why);
  void fact_lost(std::uint64_t number, const std::string& why);
  void give_up_waiting(); ///< for answers of the store that take too long
  void write_again(bool all);
  bool is_ending(const dial_token& token) const;

private:
  void obey_event(slot_entry& entry, const call_event& e,
                  const std::function<void(event_answer)>& answer);
  void finish(const slot_entry& entry, const call_event& e,
              const std::function<void(event_answer)>& answer);
  void put_back_failed(const slot_entry& entry, const call_event& e,
                       const std::function<void(event_answer)>& answer);
  void release(const dial_token& token, bool requeued, time_point next_attempt_at,
               job_status job_now, const std::string& detail = {});
  void named(const slot_entry& entry, const call_sid& sid, std::function<void(write_result)> then,
             std::function<void()> owing = nullptr);
  void requeue(const slot_entry& entry, const dial_report& report);
  void wait_for_prefix(const slot_entry& entry, dial_report report);
  std::optional<time_point> prefix_paused(const phone_number& phone);
  void put_back(const slot_entry& entry, milliseconds wait, const std::string& why);
  std::string put_back_course(const slot_entry& entry, const std::string& why) const;
  void fail(const slot_entry& entry, const dial_report& report);
  void doubt(const slot_entry& entry, const dial_report& report);
  void told_filling(std::int32_t free, std::int64_t waiting, std::int32_t active) const;
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
  void give_up_call(slot_entry& entry, const std::string& why, const doer& by,
                    std::function<void()> then);
  caf::result<by_hand_answer> adopt(const by_hand& x);
  caf::result<by_hand_answer> never_placed(const by_hand& x);
  void end_call(slot_entry& entry);
};

/// The slots within the limit; the others close when their call ends.
std::vector<slot_number> open_slots(const business_truth& truth);

supervisor_actor::behavior_type
business_supervisor(supervisor_actor::stateful_pointer<supervisor_state> self,
                    std::shared_ptr<const services> house, switchboard_actor board,
                    business_id business);

inline dial_token token_of(const close_slots&) {
  return {};
}
inline dial_token token_of(const fail_job&) {
  return {};
}
template <class Fact>
dial_token token_of(const Fact& fact) {
  return fact.attempt.token;
}

template <class Fact>
void supervisor_state::write(Fact fact, std::function<void(write_result)> then,
                             std::function<void()> owing) {
  auto number = ++last_fact;
  auto& pending = facts.own()[number];
  pending.token = token_of(fact);
  pending.final = std::is_same_v<Fact, finish_call> || std::is_same_v<Fact, requeue_call>;
  pending.owing = std::move(owing);
  pending.send = [this, number, fact = std::move(fact), then = std::move(then)] {
    auto sending = fact_leaves(number);
    // The patience is looked after by tick(): CAF keeps the timer of every answered request.
    self->request(house->store_of(business), caf::infinite, fact)
        .then(
            [this, number, sending, then](const write_answer& answer) {
              if (is_awaited(number, sending)) fact_answered(number, answer.result, then);
            },
            [this, number, sending](const caf::error& why) {
              if (is_awaited(number, sending)) fact_unanswered(number, self->system().render(why));
            });
  };
  pending.send();
}

} // namespace ringmaster
