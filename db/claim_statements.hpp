// Claims: queued -> dialing, a slot taken, in one set of statements for the whole batch.
#pragma once

#include "db/fields.hpp"
#include "db/statement_pipeline.hpp"
#include "db/store_batch.hpp"

#include <set>
#include <utility>
#include <vector>

namespace ringmaster::db {

const std::vector<statement>& claim_statements();

/// The numbers that this transaction has made live, by business: a second call to one of them is
/// refused before the database has to.
using taken_numbers = std::set<std::pair<std::int64_t, std::string>>;

/// How many calls of a business are among them.
std::int64_t calls_of(const taken_numbers& taken, business_id business);

/// Business and slot.
using slot_key = std::pair<std::int64_t, std::int64_t>;
/// In their order, each once, where they are an answer.
using slot_keys = std::vector<slot_key>;

/// How many calls a business may make, as claims and direct calls read it.
struct call_room {
  std::int32_t limit = 0;
  /// Its live calls, if some are in slots above a limit that was lowered since (they keep others
  /// from starting); else 0.
  std::int64_t crowd = 0;

  /// Both columns of a row whose businesses are called b (index live_slot).
  static constexpr const char* columns = R"(
       b.max_outbound_calls,
       CASE WHEN (SELECT true FROM outbound_call_jobs x
                  WHERE x.business_id = b.id AND x.slot > b.max_outbound_calls LIMIT 1)
            THEN (SELECT count(*) FROM outbound_call_jobs x
                  WHERE x.business_id = b.id AND x.slot IS NOT NULL)
            ELSE 0 END)";
  template <class Field>
  static call_room read(const Field& limit, const Field& crowd) {
    return {small_number_of(limit), number_of(crowd)};
  }
  /// Whether a call may start in that slot, when so many others of the business start with it.
  /// False: the limit was lowered since the slot was granted.
  bool has(const slot_key& slot, const slot_keys& there_are, std::int64_t with_it) const;
};

/// Which of these slots there are. They can't be removed before the transaction ends.
slot_keys lock_slots(pqxx::transaction_base& in, slot_keys wanted);

/// Asks about every claim that isn't settled yet: at the first flush they are judged, at the next
/// one those that are granted get their slots. A job whose lead can't be called any more becomes
/// `cancelled` and is counted in its run. A claim comes behind the end of the call before in its
/// slot; with `slots_unsure` such an end may not have come through, and a slot that is still held
/// is an answer. (Without, it would be a unique violation, which undoes the batch.)
void ask_claims(statement_pipeline& out, entries<claim_job, claim_answer>& claims,
                taken_numbers& taken, bool slots_unsure);

} // namespace ringmaster::db
