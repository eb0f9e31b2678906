// The actor of one live run (a "bulk call"), or of a business's direct calls that wait for another
// attempt (the direct lane, run none). It walks through the queued jobs page by page, asks for
// slots within its concurrency, for the carrier's permit, and claims one job for each. It holds no
// list of leads: a page of job ids, and a few that wait for a time or a number.
#pragma once

#include "actors/backoff.hpp"
#include "actors/maybe_time.hpp"
#include "actors/rare.hpp"
#include "actors/services.hpp"
#include "actors/small_set.hpp"
#include "actors/wake.hpp"

#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace ringmaster {

struct run_state {
  static inline const char* name = "run";

  explicit run_state(run_actor::pointer self) : self(self) {}

  enum class phase {
    starting, ///< pending: not yet committed as running
    running,
    paused,
    ending, ///< stopped or failed: its queued jobs are being cancelled, live calls end
    over
  };

  run_actor::pointer self;
  std::shared_ptr<const services> house;
  supervisor_actor supervisor;
  business_id business;
  open_run about;
  phase now_in = phase::starting;
  bool list_ended = false;
  bool reading = false;
  bool paging = false; ///< a bulk page (jobs made or cancelled) is under way
  bool swept = false;  ///< ending: no queued job is left

  // -- the way through the list
  std::vector<job_id> ready; ///< queued and due; the next one to call stands last
  rare<std::multimap<time_point, job_id>> later; ///< queued, due at a known time
  rare<std::vector<job_id>> number_busy;         ///< queued, their number is on the line just now
  job_id after;                                  ///< the list has been read up to here
  maybe_time read_again_at;                      ///< from the start: some jobs were passed over

  // -- what is under way
  // (Never more than the business has slots: a few.)
  std::int64_t asked = 0;                                     ///< slots asked for and not granted
  std::vector<std::pair<std::uint64_t, slot_number>> holding; ///< for a permit, by its ticket
  small_set<job_id> claiming;
  /// When each claim must have been answered, in their order. The requests themselves have no time
  /// limit: CAF keeps the timer of every answered one.
  std::vector<std::pair<time_point, job_id>> claims_due;
  small_set<job_id> live;
  small_set<job_id> ending; ///< live ones whose slot was granted on already: they use none
  rare<std::vector<std::function<void()>>> when_claims_settled; ///< orders that wait for that

  static constexpr milliseconds longest_rest{5'000};
  backoff rest{milliseconds{250}, longest_rest};
  time_point rest_until{};
  wake timer;
  std::uint64_t heard = 0; ///< news from the supervisor (jobs_added, call_ended)
  job_id in_hand;          ///< the job whose answer is being handled
  dial_token hand_token;   ///< set when that job was claimed

  void start();
  void granted(const slot_granted& x);
  void permitted(std::uint64_t ticket);
  void ended(const call_ended& x);
  void numbers_freed();
  void look_again();
  void misconfigured(const std::string& reason);
  caf::result<order_answer> obey(const order_run& x);
  void tick(std::uint64_t number);

private:
  bool direct() const { return !about.run; }
  std::int64_t used() const;
  void pump();
  void ask_for_slots();
  void read_list();
  void take_page(const job_page& page);
  void claim(slot_number slot);
  void claimed(job_id job, slot_number slot, const dial_token& token, const claim_answer& answer);
  void give_up_claim(job_id job, slot_number slot, const dial_token& token);
  void next_with(slot_number slot);
  void return_unused(slot_number slot, return_reason why);
  void drop_wishes();
  void wait_for(job_id job, time_point due);
  void read_later(time_point at);
  void rest_a_while();
  bool resting();
  void claims_settled();
  bool a_claim_took_too_long() const;
  void make_jobs();
  void sweep();
  void settle();
  void complete();
  void close();
  void commit_start();
  void read_status();
  void enter(phase next, const char* told);
  void tell(const char* told);
  void stop_on(const std::string& why);
  void arm(time_point at);
};

run_actor::behavior_type bulk_run(run_actor::stateful_pointer<run_state> self,
                                  std::shared_ptr<const services> house,
                                  supervisor_actor supervisor, business_id business, open_run about,
                                  std::vector<job_id> live);

} // namespace ringmaster
