// What a person at the console does with a business, and what is measured of its slots.
#include "actors/business_supervisor.hpp"
#include "actors/log_lines.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace ringmaster {

namespace {

/// A slot that nobody asked for in so long had nobody to call.
constexpr seconds idle_gap{60};

by_hand_answer refused(std::string why) {
  return {false, std::move(why)};
}

slot_entry* doubtful(slot_book& book, job_id job) {
  slot_entry* found = nullptr;
  book.for_each([&](slot_entry& entry) {
    if (entry.job == job && job && entry.state == slot_state::in_doubt && !entry.giving_up)
      found = &entry;
  });
  return found;
}

} // namespace

void supervisor_state::tell_gauge() {
  slot_figures now;
  book.for_each([&](const slot_entry& entry) {
    if (entry.state != slot_state::free) ++now.of(entry.state);
  });
  now.limit = static_cast<std::int16_t>(book.limit());
  gauge.tell(house->count->slots, now);
}

void supervisor_state::note_freed(slot_number slot, time_point heard_at) {
  end_gap(slot);
  freed.own().emplace_back(slot, heard_at);
}

void supervisor_state::begin_gap(slot_number wanted) {
  const auto now = house->now();
  const auto since = end_gap(wanted);
  freed.own().emplace_back(wanted, since && now - *since < idle_gap ? *since : now);
}

std::optional<time_point> supervisor_state::end_gap(slot_number slot) {
  const auto found = std::find_if(freed->begin(), freed->end(),
                                  [&](const auto& one) { return one.first == slot; });
  if (found == freed->end()) return std::nullopt;
  const auto since = found->second;
  freed.own().erase(found);
  if (freed.empty()) freed.clear();
  return since;
}

void supervisor_state::measure_gap(const slot_entry& placed) {
  tell_gauge();
  if (const auto since = end_gap(placed.slot))
    house->count->slot_gap.observe(house->now() - *since);
}

caf::result<by_hand_answer> supervisor_state::obey_hand(const by_hand& x) {
  if (!loaded)
    return refused("the business is being read from the database; try again in a moment");
  switch (x.what) {
  case hand_work::look_now: {
    std::int32_t asked = 0;
    book.for_each([&](slot_entry& entry) {
      bool has_call = entry.state != slot_state::free && entry.state != slot_state::reserved;
      if (!has_call || entry.giving_up || entry.look.asked_at) return;
      // A request without an answer yet is no doubt: the carrier may just be creating the call.
      if (!entry.has_name() && entry.state != slot_state::in_doubt) return;
      entry.look.urgent = true;
      ++asked;
    });
    look_around();
    return by_hand_answer{true, "the carrier is asked about " + std::to_string(asked) + " calls"};
  }
  case hand_work::read_again:
    reload("by hand: " + x.by.who);
    return by_hand_answer{true, "the supervisor starts over from the database"};
  case hand_work::adopt:
    return adopt(x);
  case hand_work::never_placed:
    return never_placed(x);
  }
  return refused("unknown order");
}

/// The person has found the call at the carrier. It is obeyed like the carrier's own word, and the
/// carrier is asked about it at once: the slot is freed by its answer only.
caf::result<by_hand_answer> supervisor_state::adopt(const by_hand& x) {
  auto* entry = doubtful(book, x.job);
  if (entry == nullptr) return refused("the job holds no call in doubt");
  if (!x.sid) return refused("which call? its call_sid is missing");
  if (book.find(x.sid) != nullptr) return refused("another slot holds that call already");
  if (strays->count(x.sid) > 0)
    return refused("that call is known as a stray of another attempt and is being hung up");
  auto promise = self->make_response_promise<by_hand_answer>();
  once<by_hand_answer> answer(promise);
  auto era = generation;
  recall_attempts past{business, {}, entry->phone(), entry->dialed_at - request_span};
  self->request(house->store_of(business), house->dialing.store_patience, past)
      .then(
          [this, era, x, token = entry->token, answer](const recall_answer& known) {
            auto* entry = book.find(token);
            bool as_it_was = era == generation && entry != nullptr && !entry->has_name() &&
                             entry->state == slot_state::in_doubt && !entry->giving_up &&
                             book.find(x.sid) == nullptr;
            if (!as_it_was) return answer(refused("meanwhile more was heard of it: look again"));
            if (known.result != write_result::applied)
              return answer(refused("the database could not be asked; nothing was done"));
            bool ended =
                std::any_of(known.attempts.begin(), known.attempts.end(),
                            [&](const past_attempt& attempt) { return attempt.sid == x.sid; });
            if (ended) return answer(refused("that call belongs to an attempt that has ended"));
            house->log->warn(
                "[Console] The call in doubt is adopted by {}{}", x.by.who,
                fields(business, entry->run, entry->job, x.sid, entry->request_text()));
            entry->name(x.sid);
            mark_calling fact{{business, entry->job, token}, x.sid, house->now(), x.by};
            write(
                fact,
                [this, token, answer](write_result result) {
                  auto* entry = book.find(token);
                  if (result != write_result::applied || entry == nullptr)
                    return answer(refused("meanwhile it has ended: look again"));
                  if (entry->state != slot_state::calling) {
                    entry->state = slot_state::calling;
                    tell(*entry, "calling");
                  }
                  entry->look.urgent = true;
                  entry->look.asked_at.reset();
                  look_around();
                  answer(by_hand_answer{true, "adopted; the carrier is asked how it stands"});
                },
                [answer] { answer(refused("not written yet: it is tried again by itself")); });
          },
          [answer](const caf::error&) {
            answer(refused("the database did not answer; nothing was done"));
          });
  return promise;
}

/// The person knows that the carrier never had the call. Whoever says so wrongly has a lead called
/// twice; so it is only taken when no request can be under way any more.
caf::result<by_hand_answer> supervisor_state::never_placed(const by_hand& x) {
  auto* entry = doubtful(book, x.job);
  if (entry == nullptr) return refused("the job holds no call in doubt");
  if (entry->has_name()) return refused("the call has a name: it exists");
  auto over = entry->look.sent_by + house->looking.answer_time;
  if (house->now() < over)
    return refused("its request may still be on its way; try again in " +
                   std::to_string(std::chrono::ceil<seconds>(over - house->now()).count()) + " s");
  auto promise = self->make_response_promise<by_hand_answer>();
  once<by_hand_answer> answer(promise);
  bool again = settings.redial_in_doubt;
  house->log->warn("[Console] The call in doubt is declared never placed by {}{}", x.by.who,
                   fields(business, *entry));
  give_up_call(*entry, "declared never placed by " + x.by.who, x.by, [answer, again] {
    answer(by_hand_answer{true, again ? "its slot is free; the job is queued again"
                                      : "its slot is free; the job has failed in doubt"});
  });
  return promise;
}

} // namespace ringmaster
