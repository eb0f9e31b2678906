// What people do: businesses with their leads (numbers are shared by some), runs, orders, direct
// calls, changes of all kinds, through the same records and messages as the API.
#pragma once

#include "actors/records.hpp"
#include "tests/simulation/node.hpp"
#include "tests/simulation/observer.hpp"

#include <memory>

namespace ringmaster::simulation {

class people {
public:
  people(stage& on, node& process, observer& watch, records& api, pqxx::connection& session)
      : on_(on), process_(process), watch_(watch), api_(api), session_(session) {}

  /// Businesses, their leads and first runs.
  void move_in();
  /// One of them does something.
  void act();
  /// The process died: orders that wait for an answer wait no more.
  void nobody_answers();
  /// Takes back what would keep work from being done: suspensions, pauses.
  void let_go_on();
  /// A run of more new leads than there are slots; false when it could not be made.
  bool want_all_slots(business_id business, std::int32_t slots);
  const std::vector<business_id>& businesses() const { return businesses_; }

private:
  struct lead {
    business_id business;
    lead_id id;
    bool gone = false;
  };
  struct run {
    business_id business;
    run_id id;
    bool waiting = false; ///< for the answer to an order
  };

  void add_business();
  void add_leads(business_id business, int count);
  void new_run(business_id business);
  run_id large_run(business_id business, const std::vector<lead_id>& leads);
  void order();
  void give(run& to, run_order what, bool hang_up);
  void call_leads(business_id business);
  void change_limit(business_id business);
  void suspend(business_id business);
  void lift(business_id business);
  void bar_a_lead();
  void call_once_more();
  std::vector<lead_id> some_leads(business_id business, std::size_t most);
  void let_go_on(std::size_t run);
  void told_settings(business_id business, std::function<void()> settled = nullptr);

  stage& on_;
  node& process_;
  observer& watch_;
  records& api_;
  pqxx::connection& session_;
  std::vector<business_id> businesses_;
  std::set<business_id> suspended_;
  std::vector<lead> leads_;
  std::vector<run> runs_;
  std::int64_t jobs_left_ = 0;
};

} // namespace ringmaster::simulation
