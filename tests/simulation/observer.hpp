// Watches the invariants (I1 to I7 of the design) from outside. It believes two things only: the
// carrier's model and what is committed in the database, read over a session of its own.
//
// The carrier's side is judged at every event of the line and the carrier. The database's side: the
// claim behind each request at the moment it is handed over, the end behind each acknowledged
// callback at the moment of the acknowledgement, and all rows of the history's businesses after
// some commits (drawn) and at the end.
#pragma once

#include "actors/business_messages.hpp"
#include "tests/simulation/carrier_model.hpp"

#include <pqxx/pqxx>

#include <map>
#include <set>
#include <string>
#include <string_view>

namespace ringmaster::simulation {

class observer {
public:
  observer(stage& on, carrier_model& carrier, pqxx::connection& session);
  /// To be called once for each session.
  static void prepare(pqxx::connection& session);

  // -- told by the line, the carrier and the network
  void asked(const place_call& call);
  void sent(const place_call& call);
  void condemned(const place_call& call) { condemned_.insert(call.attempt.job); }
  void created(const modelled_call& call);
  void acknowledged(const modelled_call& call);
  void logged(std::string_view line);

  // -- told by people: what they ordered, and what was confirmed to them
  void owns(business_id business, std::int32_t limit, bool fails_in_doubt);
  void limit_changes(business_id business, std::int32_t limit);
  void limit_settled(business_id business) { unsettled_limits_.erase(business); }
  void limit_unknown(business_id business);
  /// A new process has read everything anew.
  void process_started() { unsettled_limits_.clear(); }
  void halted(run_id run);
  /// That is ordered: what reopened it before does not count any more.
  void is_to_halt(run_id run) { opened_since_order_.erase(run); }
  void may_go_on(run_id run) { halted_.erase(run); }
  /// An ended run has work again: what its end cancelled stays so.
  void opened_again(run_id run);
  /// Its number, for when it is confirmed.
  int suspended(business_id business);
  void suspension_settled(business_id business, int number);
  void lifted(business_id business);
  void barred(business_id business, lead_id lead);
  void bar_settled(lead_id lead) { settled_bars_.insert(lead); }
  bool holds_a_slot(const attempt_ref& attempt);
  void called_once_more(job_id job) { ++once_more_[job]; }
  void promised(job_id job) { promised_.insert(job); }

  /// Another server owns the businesses, until ours has taken them again.
  void taken_over();
  void owned_again() { others_.reset(); }
  std::int32_t limit_of(business_id business) { return limits_[business].now; }

  // -- looks at the database
  void look();
  /// Whether nothing is left to do.
  bool at_rest();
  std::optional<job_id> a_failed_job(business_id business, std::uint64_t which);
  void judge_the_end();
  void judge_slots(business_id business, const slots_answer& slots);

private:
  struct limit {
    std::int32_t now = 0;
    std::int32_t most = 0; ///< before it was lowered, while calls of that time are live
  };
  struct job_row;

  pqxx::result read(const char* statement, const std::string& businesses);
  std::string own_businesses() const;
  std::set<dial_token> live_tokens(business_id business);
  void judge_job(const job_row& job);
  pqxx::result claim_of(const attempt_ref& attempt);
  void judge_crowd(const attempt_ref& attempt);
  const modelled_call* call_of(const dial_token& token) const;
  void fail(const std::string& what) { on_.fail(what); }

  stage& on_;
  carrier_model& carrier_;
  pqxx::connection& session_;
  std::map<business_id, limit> limits_;
  std::set<business_id> unsettled_limits_;
  std::optional<std::set<dial_token>> others_; ///< what was live when another server took over
  std::set<run_id> halted_, opened_again_, opened_since_order_;
  std::map<business_id, std::set<dial_token>> suspended_; ///< and what was live by then
  std::map<lead_id, std::set<dial_token>> barred_;
  std::set<lead_id> once_barred_, settled_bars_;
  std::set<business_id> settled_suspensions_;
  std::map<business_id, int> suspensions_;
  std::set<job_id> promised_; ///< direct calls whose caller was told that they are started
  std::set<business_id> fails_in_doubt_; ///< rather than call again
  std::map<job_id, int> once_more_, calls_created_;
  std::set<job_id> condemned_;
  std::set<business_id> haunted_; ///< by strays
  std::set<dial_token> asked_, sent_;
  std::map<dial_token, const modelled_call*> by_token_;
  std::map<dial_token, run_id> run_of_;
  std::map<dial_token, lead_id> lead_of_;
};

} // namespace ringmaster::simulation
