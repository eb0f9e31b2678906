// What the desk reads anew for listeners: the present of a business, the counts of its runs, its
// pulse. One read at a time for each business, on the quick lane, shared by all who look on.
#include "net/api/event_desk.hpp"
#include "net/api/event_texts.hpp"
#include "net/api/forecasts.hpp"
#include "net/api/views.hpp"

namespace ringmaster::net::api {

namespace {

constexpr std::int32_t runs_shown = 20;

json_out slots_view(const slots_answer& slots) {
  auto items = json_out::array();
  std::int64_t active = 0;
  for (const auto& slot : slots.slots) {
    items.push_back(view(slot));
    if (slot.state != slot_state::free) ++active;
  }
  return {{"limit", slots.limit}, {"active", active}, {"items", std::move(items)}};
}

} // namespace

milliseconds event_desk::runs_pace() const {
  const auto all = settings_.runs_pace_of_each * static_cast<std::int64_t>(rooms_.size());
  return std::max(settings_.runs_pace, all);
}

milliseconds event_desk::looks_back_pace() const {
  const auto all = settings_.looks_back_pace_of_each * static_cast<std::int64_t>(rooms_.size());
  return std::max(settings_.looks_back_pace, all);
}

/// With the lock held. Begins to read what is due, if nothing is being read.
void event_desk::read_for(business_id business, room& one) {
  if (one.reading || one.streams.empty() || stopping_) return;
  const auto now = now_();
  if (one.failing && now - one.read_at < settings_.retry) return;
  const bool runs_due = !one.changed.empty() && (one.urgent || now - one.runs_at >= runs_pace());
  const bool pulse_due = one.pulse_changed && now - one.pulse_at >= looks_back_pace();
  if (!one.wants_present && !runs_due && !pulse_due) return;
  one.reading = true;
  if (!std::exchange(one.wants_present, false)) return read_soon(business, std::nullopt);
  make_texts(one);
  // What is told from now on comes behind the present, whether it is in it or not.
  dial_->ask<slots_answer>(slots_query{business}, [self = shared_from_this(), business,
                                                   upto = one.ring.last()](const auto& slots) {
    self->read_soon(business, present_question{upto, slots});
  });
}

void event_desk::read_soon(business_id business, std::optional<present_question> present) {
  auto self = shared_from_this();
  quick_->go_on({[self, business, present = std::move(present)](worker& mine) {
                   try {
                     self->read(business, mine, present);
                   } catch (const std::exception&) {
                     self->read_failed(business); // else nothing would ever be read for it again
                     throw;                       // the lane tells
                   }
                 },
                 [self, business](const failure&) { self->read_failed(business); }, 0, business});
}

void event_desk::read_failed(business_id business) {
  std::lock_guard lock(guard_);
  auto found = rooms_.find(business);
  if (found == rooms_.end()) return;
  auto& one = *found->second;
  one.reading = false; // a later tick tries again
  one.failing = true;
  for (const auto& stream : one.streams)
    one.wants_present = one.wants_present || stream->needs_present;
}

void event_desk::read(business_id business, worker& mine,
                      const std::optional<present_question>& question) {
  std::set<run_id> runs;
  bool pulse_due = false;
  const auto now = now_();
  room* reads = nullptr;
  milliseconds looks_back{};
  {
    std::lock_guard lock(guard_);
    auto& one = *rooms_.at(business); // kept while it reads
    reads = &one;
    looks_back = looks_back_pace();
    runs.swap(one.changed);
    one.urgent = false;
    one.runs_at = one.read_at = now;
    pulse_due = one.pulse_changed && now - one.pulse_at >= looks_back;
  }
  bool whole = true;
  const auto here = question ? present(business, mine, *question, whole) : std::string();
  std::string news = runs_text(business, mine, runs, *reads, looks_back);
  bool pulse_told = false;
  if (pulse_due)
    if (auto beat = mine.db.pulse_of(business, now)) {
      news += sse("pulse", view(*beat));
      pulse_told = true;
    }
  std::vector<delivery> out;
  {
    std::lock_guard lock(guard_);
    auto& one = *rooms_.at(business);
    one.reading = false;
    one.failing = !whole;
    if (pulse_told) {
      one.pulse_at = now;
      one.pulse_changed = false;
    }
    for (const auto& stream : one.streams) {
      if (!question || !stream->needs_present) continue;
      if (!stream->ready) { // it pulls again before it can be given anything
        one.wants_present = true;
        continue;
      }
      // Without the present it is told the trouble, and asks again with the next pull.
      stream->needs_present = !whole;
      if (whole) stream->seen = question->upto;
      stream->written_at = now;
      out.emplace_back(std::exchange(stream->ready, nullptr), here);
    }
    if (!news.empty()) {
      make_texts(one); // of what happened before these counts were read, so that it is told before
      one.ring.add(std::move(news));
      one.dirty = true;
    }
  }
  hand_out(out);
}

std::string event_desk::present(business_id business, worker& mine,
                                const present_question& question, bool& whole) {
  const auto& slots = question.slots;
  auto runs = mine.db.runs(business, runs_shown, "");
  const auto beat = mine.db.pulse_of(business, now_());
  whole = slots && slots->ok && runs && beat;
  if (!whole)
    return sse("trouble", {{"code", "present_unavailable"},
                           {"message", "the present state can't be read now: the database or the "
                                       "dialling does not answer; it is tried again"}});
  auto shown = json_out::array();
  for (auto& run : runs->items) {
    add_forecast(mine.db, business, run, now_());
    shown.push_back(view(run));
  }
  return sse("present",
             {{"at", time_or_null(now_())},
              {"slots", slots_view(*slots)},
              {"runs", std::move(shown)},
              {"pulse", view(*beat)}},
             event_id(start_, question.upto));
}

std::string event_desk::runs_text(business_id business, worker& mine,
                                  const std::set<run_id>& wanted, room& one,
                                  milliseconds paces_live) {
  std::string text;
  const auto now = now_();
  for (const auto id : wanted) {
    auto run = mine.db.run(business, id);
    if (!run) continue; // the next change brings it again
    if (run->status != run_status::running) {
      one.paces.erase(id);
    } else {
      const auto known = one.paces.find(id);
      if (known == one.paces.end() || now - known->second.second >= paces_live)
        if (const auto pace = mine.db.pace_of(business, id)) one.paces[id] = {*pace, now};
      if (const auto found = one.paces.find(id); found != one.paces.end())
        put_forecast(*run, found->second.first, now);
    }
    text += sse("run", view(*run));
  }
  return text;
}

} // namespace ringmaster::net::api
