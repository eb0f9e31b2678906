// Facts on their way into the database: kept until it has taken them, whatever happens meanwhile.
#include "actors/business_supervisor.hpp"
#include "actors/log_lines.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <vector>

namespace ringmaster {

namespace {

constexpr milliseconds first_pause{500};
constexpr milliseconds longest_pause{60'000};

} // namespace

void supervisor_state::fact_answered(std::uint64_t number, write_result result,
                                     const std::function<void(write_result)>& then) {
  if (result == write_result::applied || result == write_result::stale) {
    facts.erase(number);
    if (facts.empty()) facts.clear();
    then(result);
    return answer_drained();
  }
  switch (result) {
  case write_result::fenced:
    began = false; // whoever owned the business meanwhile may have placed calls
    return fact_lost(number, "this server does not own the business any more");
  case write_result::unknown:
    return fact_lost(number, "a write's outcome is not known");
  default:
    break;
  }
  auto& fact = facts.own().at(number);
  fact.on_its_way = false;
  // Nothing more that is heard of an attempt whose end is known needs to be kept.
  if (auto* entry = fact.final ? book.find(fact.token) : nullptr) entry->giving_up = true;
  // The database is away: it is asked again soon. It refuses: somebody has to look, and time tells.
  bool refused = result == write_result::refused;
  if (refused) ++fact.tries;
  auto pause = std::min(longest_pause, first_pause * (1 << std::min(fact.tries, 10)));
  fact.again_at = house->now() + pause;
  if (fact.owing) fact.owing();
  if (refused)
    house->log->error("[Supervisor] ALARM: the database refuses what was heard of an attempt; its "
                      "slot stays held{}",
                      fields(business));
  arm(pause);
}

/// Its number among the sendings of that fact.
int supervisor_state::fact_leaves(std::uint64_t number) {
  auto& fact = facts.own().at(number);
  fact.on_its_way = true;
  fact.answer_by = house->now() + house->dialing.store_patience;
  arm(house->dialing.store_patience);
  return ++fact.sendings;
}

bool supervisor_state::is_awaited(std::uint64_t number, int sending) const {
  auto found = facts->find(number);
  return found != facts->end() && found->second.on_its_way && found->second.sendings == sending;
}

void supervisor_state::fact_unanswered(std::uint64_t number, const std::string& why) {
  fact_lost(number, "no answer from the store: " + why);
}

void supervisor_state::fact_lost(std::uint64_t number, const std::string& why) {
  auto& fact = facts.own().at(number);
  fact.on_its_way = false;
  fact.again_at = house->now() + first_pause;
  if (fact.owing) fact.owing();
  if (loaded)
    reload(why);
  else
    arm(first_pause);
}

void supervisor_state::give_up_waiting() {
  auto now = house->now();
  std::vector<std::uint64_t> unanswered;
  for (const auto& [number, fact] : *facts)
    if (fact.on_its_way && fact.answer_by <= now) unanswered.push_back(number);
  for (auto number : unanswered)
    if (auto found = facts->find(number); found != facts->end() && found->second.on_its_way)
      fact_unanswered(number, "it took too long");
}

/// Those whose time has come, or all that are not on their way.
void supervisor_state::write_again(bool all) {
  auto now = house->now();
  for (const auto& [number, fact] : *facts) {
    if (fact.on_its_way) {
      arm(std::min<microseconds>(fact.answer_by - now, house->dialing.store_patience));
      continue;
    }
    // Not further off than any pause: then the clock was set back.
    bool due = all || fact.again_at <= now || fact.again_at > now + longest_pause;
    if (!due) {
      arm(fact.again_at - now);
      continue;
    }
    fact.send();
  }
}

/// Whether a fact is on its way that ends this attempt: nothing else may become of it.
bool supervisor_state::is_ending(const dial_token& token) const {
  return std::any_of(facts->begin(), facts->end(), [&](const auto& one) {
    return one.second.final && one.second.token == token;
  });
}

} // namespace ringmaster
