// What the observer hears while a history goes on. (Its looks at the database: observer_looks.cpp.)
#include "tests/simulation/observer.hpp"

namespace ringmaster::simulation {

observer::observer(stage& on, carrier_model& carrier, pqxx::connection& session)
    : on_(on), carrier_(carrier), session_(session) {}

namespace {

std::string about(const stage& on, const attempt_ref& attempt) {
  return on.story.name(attempt.job) + " of " + on.story.name(attempt.business);
}

} // namespace

pqxx::result observer::claim_of(const attempt_ref& attempt) {
  pqxx::nontransaction in{session_};
  return in.exec_prepared("observer_claim", attempt.business.value, attempt.job.value,
                          attempt.token.text());
}

/// I5 and I2: nothing is dialled that is not committed, and no attempt twice.
void observer::asked(const place_call& call) {
  const auto& attempt = call.attempt;
  if (!asked_.insert(attempt.token).second)
    return fail("I2: a second request for one attempt of " + about(on_, attempt));
  const auto rows = claim_of(attempt);
  if (rows.empty())
    return fail("I5: " + about(on_, attempt) + " is dialled under a claim that is not committed");
  const auto row = rows[0];
  if (row[0].as<std::string>() != "dialing")
    fail("I5: " + about(on_, attempt) + " is dialled while the database has it " +
         row[0].as<std::string>());
  if (row[3].as<std::string>() != call.to.value || row[4].as<std::string>() != call.from.value)
    fail("I6: " + about(on_, attempt) + " is dialled with another's number");
  const lead_id lead{row[2].as<std::int64_t>()};
  run_of_[attempt.token] = run_id{row[1].as<std::int64_t>(0)};
  lead_of_[attempt.token] = lead;
  const auto business = suspended_.find(attempt.business);
  if (business != suspended_.end() && business->second.count(attempt.token) == 0)
    fail("I7: " + about(on_, attempt) + " was claimed after its business was suspended");
  if (others_ && others_->count(attempt.token) == 0)
    fail("I6: " + about(on_, attempt) + " was claimed while another server owned it");
  const auto gone = barred_.find(lead);
  if (gone != barred_.end() && gone->second.count(attempt.token) == 0)
    fail("I7: " + about(on_, attempt) + " was claimed after its lead was barred");
  if (haunted_.count(attempt.business) != 0) judge_crowd(attempt);
}

/// I5: what was answered is committed.
void observer::halted(run_id run) {
  pqxx::nontransaction in{session_};
  const auto status = in.exec_prepared("observer_run", run.value)[0][0].as<std::string>();
  if (status == "running" && opened_since_order_.count(run) != 0) return;
  halted_.insert(run);
  if (status == "running")
    fail("I5: the pause or stop of " + on_.story.name(run) + " was answered, and it is running");
}

void observer::taken_over() {
  others_.emplace();
  for (const auto& each : limits_)
    others_->merge(live_tokens(each.first));
}

/// I7, and I2 once more: a request on the wire can't be taken back.
void observer::sent(const place_call& call) {
  const auto& attempt = call.attempt;
  if (!sent_.insert(attempt.token).second)
    fail("I2: a second POST for one attempt of " + about(on_, attempt));
  if (halted_.count(run_of_[attempt.token]) != 0)
    fail("I7: " + about(on_, attempt) + " was dialled after the pause or stop of its run");
  if (settled_bars_.count(lead_of_[attempt.token]) != 0)
    fail("I7: " + about(on_, attempt) + " was dialled after the bar of its lead was answered");
  if (settled_suspensions_.count(attempt.business) != 0)
    fail("I7: " + about(on_, attempt) + " was dialled after the suspension was answered");
}

/// I1 and I2 at the carrier. The new call is among its calls already.
void observer::created(const modelled_call& call) {
  const auto& attempt = call.request.attempt;
  if (call.stray) return haunted_.insert(attempt.business), void();
  by_token_[attempt.token] = &call;
  const auto live = carrier_.live(attempt.business);
  const auto& limit = limits_[attempt.business];
  if (live > std::max(limit.now, limit.most))
    fail("I1: " + std::to_string(live) + " live calls of " + on_.story.name(attempt.business) +
         ", which has " + std::to_string(limit.now) + " slots");
  for (const auto& other : carrier_.calls())
    if (other.get() != &call && other->live() && !other->stray &&
        other->request.to == call.request.to && other->request.attempt.business == attempt.business)
      fail("I2: " + call.name() + " and " + other->name() + " are live calls to one number");
  if (++calls_created_[attempt.job] > 1 + once_more_[attempt.job])
    fail("I2: " + about(on_, attempt) + " is called again for no reason: " + call.name());
}

bool observer::holds_a_slot(const attempt_ref& attempt) {
  pqxx::nontransaction in{session_};
  return !in.exec_prepared("observer_live", attempt.business.value, attempt.job.value,
                           attempt.token.text())
              .empty();
}

/// I5: what was acknowledged is committed.
void observer::acknowledged(const modelled_call& call) {
  const auto& attempt = call.request.attempt;
  if (holds_a_slot(attempt))
    fail("I5: the end of " + call.name() + " was acknowledged, the database has " +
         about(on_, attempt) + " live");
}

void observer::logged(std::string_view line) {
  const auto has = [&](const char* words) { return line.find(words) != std::string_view::npos; };
  // Between a lower limit's commit and the supervisor's reading it, a slot may be refused.
  const bool haunts = !haunted_.empty() && has("a stray call rings");
  if (has("ALARM") && !haunts && unsettled_limits_.empty()) fail("an alarm that no fault explains");
  if (has("Broke:")) fail("a handler broke");
  if (has("A second call")) fail("the carrier made one call for each attempt, and yet");
}

void observer::owns(business_id business, std::int32_t limit, bool fails_in_doubt) {
  limits_[business] = {limit, limit};
  if (fails_in_doubt) fails_in_doubt_.insert(business);
}

void observer::limit_changes(business_id business, std::int32_t limit) {
  auto& own = limits_[business];
  own.most = std::max({own.most, own.now, limit});
  own.now = limit;
  unsettled_limits_.insert(business);
}

/// The change failed: whatever the database holds now counts.
void observer::limit_unknown(business_id business) {
  pqxx::nontransaction in{session_};
  limits_[business].now =
      in.exec_prepared("observer_limit", business.value)[0][0].as<std::int32_t>();
}

void observer::opened_again(run_id run) {
  halted_.erase(run);
  opened_again_.insert(run);
  opened_since_order_.insert(run);
}

int observer::suspended(business_id business) {
  suspended_[business] = live_tokens(business);
  return ++suspensions_[business];
}

void observer::suspension_settled(business_id business, int number) {
  if (suspensions_[business] == number && suspended_.count(business) != 0)
    settled_suspensions_.insert(business);
}

void observer::lifted(business_id business) {
  suspended_.erase(business);
  settled_suspensions_.erase(business);
}

void observer::barred(business_id business, lead_id lead) {
  barred_[lead] = live_tokens(business);
  once_barred_.insert(lead);
}

const modelled_call* observer::call_of(const dial_token& token) const {
  const auto found = by_token_.find(token);
  return found == by_token_.end() ? nullptr : found->second;
}

} // namespace ringmaster::simulation
