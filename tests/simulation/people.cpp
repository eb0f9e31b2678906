#include "tests/simulation/people.hpp"

#include "db/sql_text.hpp"
#include "tests/simulation/wire.hpp"

namespace ringmaster::simulation {

namespace {

std::string number(std::int64_t n) {
  return "+1555" + std::to_string(1'000'000 + n);
}

const char* word(run_order order) {
  return order == run_order::pause ? "pause" : order == run_order::resume ? "resume" : "stop";
}

} // namespace

void people::move_in() {
  jobs_left_ = on_.draw.between(20, 60);
  const auto count = on_.draw.between(1, 3);
  for (std::int64_t i = 0; i < count; ++i)
    add_business();
  for (const auto business : businesses_)
    new_run(business);
}

void people::add_business() {
  const auto limit = on_.draw.chance(0.6) ? 3 : on_.draw.between(1, 5);
  const bool fails_in_doubt = on_.draw.chance(0.3);
  pqxx::work in{session_};
  const auto id = in.exec_params("INSERT INTO businesses (id, name, phone_e164, max_outbound_calls,"
                                 " ring_timeout_s, redial_in_doubt, default_script, created_at)"
                                 " SELECT n.id, 'B', '+1800' || n.id, $1, $2, $3,"
                                 R"( '{"say":{"text":"Hello","language":"en-US"}}', '2026-01-01')"
                                 " FROM (SELECT nextval('business_ids') AS id) n RETURNING id",
                                 limit, on_.draw.between(10, 60), !fails_in_doubt)[0][0];
  const business_id business{id.as<std::int64_t>()};
  in.exec_params("INSERT INTO call_slots SELECT $1, generate_series(1, $2::integer)",
                 business.value, limit);
  in.commit();
  businesses_.push_back(business);
  watch_.owns(business, static_cast<std::int32_t>(limit), fails_in_doubt);
  on_.say("people: " + on_.story.name(business) + " with " + std::to_string(limit) + " slots");
  add_leads(business, static_cast<int>(on_.draw.between(8, 25)));
}

void people::add_leads(business_id business, int count) {
  db::sql_array numbers;
  for (int i = 0; i < count; ++i)
    numbers.add(number(on_.draw.between(1, 40))); // some are one person's twice
  pqxx::work in{session_};
  for (const auto& row : in.exec_params(
           "INSERT INTO leads (business_id, phone_e164, first_name, created_at)"
           " SELECT $1, n, 'Ann', '2026-01-01' FROM unnest($2::text[]) WITH ORDINALITY AS w (n, i)"
           " ORDER BY i RETURNING id",
           business.value, numbers.str()))
    leads_.push_back({business, lead_id{row[0].as<std::int64_t>()}});
  in.commit();
}

std::vector<lead_id> people::some_leads(business_id business, std::size_t most) {
  std::vector<lead_id> own;
  for (const auto& each : leads_)
    if (each.business == business && !each.gone) own.push_back(each.id);
  while (own.size() > most)
    own.erase(own.begin() + static_cast<std::ptrdiff_t>(on_.draw.below(own.size())));
  return own;
}

void people::new_run(business_id business) {
  if (jobs_left_ <= 0 || suspended_.count(business) != 0) return;
  ringmaster::new_run wanted;
  wanted.concurrency = static_cast<std::int32_t>(on_.draw.between(1, 5));
  const auto leads = some_leads(business, static_cast<std::size_t>(on_.draw.between(
                                              1, std::min<std::int64_t>(jobs_left_, 20))));
  run_id made;
  if (on_.draw.chance(0.25)) {
    made = large_run(business, leads);
    jobs_left_ -= static_cast<std::int64_t>(leads.size());
  } else {
    wanted.selection.leads = leads;
    const auto answer = api_.create_run(business, wanted, on_.wall_clock());
    if (!answer) return on_.say("people: no new run: " + answer.error().code);
    made = answer->run;
    jobs_left_ -= answer->total;
  }
  runs_.push_back({business, made});
  on_.say("people: " + on_.story.name(made) + " for " + on_.story.name(business));
  process_.ask<acknowledged>(run_created{business, made}, [](const acknowledged*) {});
}

/// As the API makes a run of more leads than one transaction takes: its jobs follow in pages.
run_id people::large_run(business_id business, const std::vector<lead_id>& leads) {
  db::sql_array ids;
  for (const auto each : leads)
    ids.add(each.value);
  pqxx::work in{session_};
  // One number once, as everywhere.
  const auto rows = in.exec_params(
      "WITH chosen AS (SELECT min(id) AS id FROM leads WHERE business_id = $1 AND id = ANY "
      "($2::bigint[])"
      " AND status = 'active' AND deleted_at IS NULL GROUP BY phone_e164)"
      " INSERT INTO outbound_call_runs (business_id, concurrency, selected_leads, selection_open,"
      " total, created_at) SELECT $1, $3, array_agg(id ORDER BY id), true, count(*), '2026-01-01'"
      " FROM chosen RETURNING id",
      business.value, ids.str(), on_.draw.between(1, 5));
  in.commit();
  return run_id{rows[0][0].as<std::int64_t>()};
}

void people::act() {
  if (on_.calm) return; // it was to be in the very moment in which the calm began
  const auto business = on_.draw.one_of(businesses_);
  const auto what = on_.draw.below(100);
  if (what < 30) return order();
  if (what < 45) return new_run(business);
  if (what < 60) return call_leads(business);
  if (what < 70) return change_limit(business);
  if (what < 77) return suspended_.count(business) == 0 ? suspend(business) : lift(business);
  if (what < 85) return bar_a_lead();
  if (what < 95) return call_once_more();
  add_leads(business, static_cast<int>(on_.draw.between(1, 5)));
}

void people::order() {
  if (runs_.empty()) return;
  auto& run = runs_[on_.draw.below(runs_.size())];
  if (run.waiting) return; // one order at a time, so that answers come in order
  const auto what = on_.draw.below(10);
  give(run,
       what < 4   ? run_order::pause
       : what < 8 ? run_order::resume
                  : run_order::stop,
       on_.draw.chance(0.4));
}

void people::give(run& to, run_order what, bool hang_up) {
  const auto name = on_.story.name(to.id);
  on_.say(std::string{"people: "} + word(what) + " " + name + (hang_up ? ", hang up" : ""));
  if (what == run_order::resume)
    watch_.may_go_on(to.id);
  else
    watch_.is_to_halt(to.id);
  to.waiting = true;
  const auto index = static_cast<std::size_t>(&to - runs_.data());
  process_.ask<order_answer>(
      order_run{to.business, to.id, what, hang_up}, [=](const order_answer* answer) {
        auto& run = runs_[index];
        run.waiting = false;
        const bool applied = answer != nullptr && answer->result == write_result::applied;
        on_.say(std::string{"people: "} + word(what) + " " + name +
                (answer == nullptr ? " is not answered"
                 : applied         ? " is done"
                                   : " is refused"));
        if (applied && what != run_order::resume) watch_.halted(run.id);
        const bool known = applied || (answer != nullptr && answer->result == write_result::stale);
        if (on_.calm && what == run_order::resume && !known)
          on_.plan.after(seconds{5}, [=] { let_go_on(index); });
      });
}

void people::call_leads(business_id business) {
  if (jobs_left_ <= 0) return;
  const auto leads = some_leads(business, static_cast<std::size_t>(on_.draw.between(1, 3)));
  if (leads.empty()) return;
  jobs_left_ -= static_cast<std::int64_t>(leads.size());
  std::string names;
  for (const auto each : leads)
    names += " " + on_.story.name(each);
  on_.say("people: call" + names + " of " + on_.story.name(business) + " directly");
  process_.ask<call_directly_answer>(
      call_directly{business, leads}, [=](const call_directly_answer* answer) {
        if (answer != nullptr)
          for (const auto& call : answer->calls)
            watch_.promised(call.job);
        on_.say("people: call" + names + ": " +
                (answer == nullptr                                          ? "no answer"
                 : answer->result == call_directly_answer::verdict::started ? "started"
                                                                            : "no"));
      });
}

/// Now and then the database is lost just when they are read: nobody tells of the change again.
void people::told_settings(business_id business, std::function<void()> settled) {
  if (on_.with.connections_lost > 0 && on_.strikes(0.5))
    wire::plan_cut(wire::cut::anywhere, 1 + on_.draw.below(4));
  process_.ask<acknowledged>(settings_changed{business},
                             [settled = std::move(settled)](const acknowledged* answer) {
                               if (settled && answer != nullptr && answer->ok) settled();
                             });
}

void people::change_limit(business_id business) {
  business_change change;
  change.max_outbound_calls = static_cast<std::int32_t>(on_.draw.between(1, 5));
  watch_.limit_changes(business, *change.max_outbound_calls);
  const auto changed = api_.change_business(business, change);
  if (!changed) return watch_.limit_unknown(business);
  on_.say("people: " + on_.story.name(business) + " has " +
          std::to_string(*change.max_outbound_calls) + " slots now");
  told_settings(business, [=] { watch_.limit_settled(business); });
}

void people::suspend(business_id business) {
  business_change change;
  change.suspended = true;
  const auto changed = api_.change_business(business, change);
  if (!changed) return on_.say("people: can't suspend: " + changed.error().code);
  on_.say("people: " + on_.story.name(business) + " is suspended");
  suspended_.insert(business);
  const auto number = watch_.suspended(business);
  told_settings(business, [=] { watch_.suspension_settled(business, number); });
}

void people::lift(business_id business) {
  business_change change;
  change.suspended = false;
  watch_.lifted(business);
  const auto changed = api_.change_business(business, change);
  if (!changed) {
    on_.say("people: can't lift the suspension: " + changed.error().code);
    if (on_.calm) on_.plan.after(seconds{5}, [=] { lift(business); });
    return;
  }
  on_.say("people: " + on_.story.name(business) + " is suspended no more");
  suspended_.erase(business);
  told_settings(business);
}

void people::bar_a_lead() {
  auto& one = leads_[on_.draw.below(leads_.size())];
  if (one.gone) return;
  if (on_.draw.chance(0.5)) {
    const auto done = api_.delete_lead(one.business, one.id, on_.wall_clock());
    if (!done) return on_.say("people: can't delete a lead: " + done.error().code);
  } else {
    lead_change change;
    change.status = "do_not_call";
    const auto done = api_.change_lead(one.business, one.id, change, on_.wall_clock());
    if (!done) return on_.say("people: can't bar a lead: " + done.error().code);
  }
  one.gone = true;
  on_.say("people: " + on_.story.name(one.id) + " must not be called");
  watch_.barred(one.business, one.id);
  process_.ask<acknowledged>(lead_changed{one.business, one.id},
                             [this, lead = one.id](const acknowledged* answer) {
                               if (answer != nullptr && answer->ok) watch_.bar_settled(lead);
                             });
}

void people::call_once_more() {
  const auto business = on_.draw.one_of(businesses_);
  const auto job = watch_.a_failed_job(business, on_.draw.bits());
  if (!job) return;
  const auto done = api_.requeue_job(business, *job, on_.wall_clock());
  if (!done)
    return on_.say("people: " + on_.story.name(*job) +
                   " can't be called once more: " + done.error().code);
  on_.say("people: " + on_.story.name(*job) + " is to be called once more");
  watch_.called_once_more(*job);
  watch_.opened_again(done->run);
  process_.ask<acknowledged>(run_created{business, done->run}, [](const acknowledged*) {});
}

bool people::want_all_slots(business_id business, std::int32_t slots) {
  ringmaster::new_run wanted;
  wanted.concurrency = slots;
  pqxx::work in{session_};
  for (std::int32_t i = 0; i <= slots; ++i)
    wanted.selection.leads.emplace_back(
        in.exec_params("INSERT INTO leads (business_id, phone_e164, created_at)"
                       " VALUES ($1, $2, '2026-01-01') RETURNING id",
                       business.value, number(1'000 + i))[0][0]
            .as<std::int64_t>());
  in.commit();
  const auto made = api_.create_run(business, wanted, on_.wall_clock());
  if (!made) return false;
  process_.ask<acknowledged>(run_created{business, made->run}, [](const acknowledged*) {});
  return true;
}

void people::nobody_answers() {
  for (auto& run : runs_)
    run.waiting = false;
}

void people::let_go_on() {
  for (const auto business : std::set<business_id>{suspended_})
    lift(business);
  for (std::size_t i = 0; i < runs_.size(); ++i)
    let_go_on(i);
}

/// Once the last order has been answered.
void people::let_go_on(std::size_t run) {
  if (runs_[run].waiting)
    on_.plan.after(seconds{5}, [=] { let_go_on(run); });
  else
    give(runs_[run], run_order::resume, false);
}

} // namespace ringmaster::simulation
