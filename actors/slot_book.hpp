// The slots of one business, as its supervisor keeps them: which are free, and which call holds
// each of the others. Pure: no clock, no messages, no database. The database holds the same in the
// job rows (migration 001: live_slot) and refuses whatever this book should get wrong.
#pragma once

#include "actors/business_messages.hpp"
#include "actors/call_texts.hpp"
#include "actors/maybe_time.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace ringmaster {

/// What asking the carrier about a call has brought so far. (When it is asked: actors/overdue.hpp.)
struct look_record {
  time_point news_at;       ///< the last we heard of the call by itself
  maybe_time asked_at;      ///< a question is under way since then
  maybe_time heard_at;      ///< the last answer to one
  microseconds waited{0};   ///< from question to question; a clock that jumps adds little
  time_point sent_by;       ///< later than that no create request of the attempt was sent
  maybe_time missing_since; ///< the carrier knows no call of this name since then
  maybe_time hang_up_at;    ///< it was last told to end then
  int hang_ups = 0;
  int retries = 0;      ///< answers in a row that told nothing to act on
  bool alarmed = false; ///< that it is missing was told
  bool urgent = false;  ///< found in the database at start: its callbacks may be lost
};

/// No run, not even the direct lane.
constexpr run_id nobody{-1};

/// A slot and what it holds. `token` names the attempt from dialing on.
struct slot_entry {
  slot_number slot;
  slot_state state = slot_state::free;
  bool closing = false;   ///< above the limit: goes when its call has ended
  bool hang_up = false;   ///< end it as soon as it has a name
  bool giving_up = false; ///< its end is known and is being committed: it is not asked for
  /// Reserved when somebody or something was barred: its claim may be from before.
  bool claim_anew = false;
  bool inherited = false; ///< reserved before the database knew that the call before had ended
  carrier_status progress = carrier_status::queued;
  bool by_machine = false; ///< the carrier says that a machine has answered
  run_id heir = nobody;    ///< its call is ending: the slot was granted to this run already
  run_id run;              ///< none: a direct call
  job_id job;
  lead_id lead;
  dial_token token;
  time_point since;
  time_point dialed_at;       ///< no create request of the attempt was sent earlier
  std::int32_t sequence = -1; ///< of the newest callback
  std::int32_t attempt = 0;
  maybe_time answered_at;
  look_record look;
  std::shared_ptr<const std::string> request; ///< the API's, that the call came of; none: of none
  call_texts texts;

  bool has_name() const { return !texts.get(call_texts::sid).empty(); }
  bool is_named(const call_sid& sid) const { return texts.get(call_texts::sid) == sid.value; }
  call_sid sid() const { return call_sid{text(call_texts::sid)}; }
  void name(const call_sid& sid) { texts.set(call_texts::sid, sid.value); }

  phone_number phone() const { return phone_number{text(call_texts::phone)}; }
  /// The caller ID it was placed under; none: not by this process.
  phone_number from() const { return phone_number{text(call_texts::from)}; }

  /// What happened to it so far: as actors/course.hpp has it.
  std::string course() const { return text(call_texts::course); }
  void note(std::string_view what, time_point at, std::string_view detail = {});

  const std::string& request_text() const;
  std::string text(call_texts::part which) const { return std::string(texts.get(which)); }
};

// Every live call has one. The allocator's next size is 224.
static_assert(sizeof(slot_entry) <= 192);

/// A log line's fields of the call that it holds.
std::string fields(business_id business, const slot_entry& entry);

/// What others are shown of it.
slot_view view_of(const slot_entry& entry);

class slot_book {
public:
  /// Makes exactly these slots open: new ones come free, missing ones go or, while held, close.
  void set_open(const std::vector<slot_number>& open);

  /// How many calls may be live: open slots that are not closing.
  std::int32_t limit() const;
  /// How many slots are held, closing ones included.
  std::int32_t active() const;
  /// How many could be reserved now; none while closing ones or strays keep the business at its
  /// limit.
  std::int32_t available() const;

  /// So many calls ring outside the slots: as many fewer can be reserved.
  void set_strays(std::int32_t strays) { strays_ = strays; }
  std::int32_t strays() const { return strays_; }

  /// Takes the lowest free slot for a run; nothing when none is available.
  std::optional<slot_number> reserve(run_id run, time_point at);
  /// A claim was committed for this slot: reserved -> dialing. False: it is not reserved.
  bool bind(slot_number slot, run_id run, const dial_token& token, const claim_answer& call,
            time_point at);
  /// Puts a live call found in the database into its slot (at start).
  void restore(const live_call& call);
  /// The call has ended: its slot is reserved for the heir. False: there is none.
  bool inherit(slot_number slot, time_point at);
  /// Frees a slot; a closing one goes away. False: there is no such held slot.
  bool free(slot_number slot);

  /// A held slot; nullptr: it is free, or there is none of that number.
  slot_entry* find(slot_number slot);
  /// The slot whose live attempt has this token.
  slot_entry* find(const dial_token& token);
  /// The slot whose live call has this name.
  slot_entry* find(const call_sid& sid);

  /// Every held slot, by number.
  void for_each(const std::function<void(slot_entry&)>& visit);
  void for_each(const std::function<void(const slot_entry&)>& visit) const;
  /// Every slot, the free ones too.
  std::vector<slot_view> views() const;

private:
  /// Most businesses of a node have nothing to do: a free slot takes next to no memory.
  struct place {
    slot_number number;
    std::unique_ptr<slot_entry> held; ///< none: it is free
  };
  std::vector<place>::iterator place_of(slot_number slot);
  /// The place of that number, made if there is none.
  place& open(slot_number slot);
  slot_entry& hold(place& at);

  std::vector<place> places_; ///< by number
  std::int32_t strays_ = 0;
};

} // namespace ringmaster
