#include "actors/slot_book.hpp"

#include "actors/course.hpp"
#include "actors/log_lines.hpp"

#include <algorithm>

namespace ringmaster {

namespace {

template <class Call>
call_texts texts_of(const Call& call, const std::string& way) {
  using t = call_texts;
  return t{{t::phone, call.phone.value},       {t::course, way},
           {t::first_name, call.first_name},   {t::last_name, call.last_name},
           {t::external_id, call.external_id}, {t::notes, call.notes}};
}

std::shared_ptr<const std::string> request_of(const std::string& text) {
  return text.empty() ? nullptr : std::make_shared<const std::string>(text);
}

} // namespace

std::string fields(business_id business, const slot_entry& entry) {
  return fields(business, entry.run, entry.job, entry.sid(), entry.request_text());
}

void slot_entry::note(std::string_view what, time_point at, std::string_view detail) {
  texts.set(call_texts::course, longer_course(texts.get(call_texts::course), what, at, detail));
}

const std::string& slot_entry::request_text() const {
  static const std::string none;
  return request ? *request : none;
}

std::vector<slot_book::place>::iterator slot_book::place_of(slot_number slot) {
  auto at = std::lower_bound(places_.begin(), places_.end(), slot,
                             [](const place& p, slot_number number) { return p.number < number; });
  return at != places_.end() && at->number == slot ? at : places_.end();
}

slot_book::place& slot_book::open(slot_number slot) {
  auto at = std::lower_bound(places_.begin(), places_.end(), slot,
                             [](const place& p, slot_number number) { return p.number < number; });
  if (at == places_.end() || at->number != slot) at = places_.insert(at, place{slot, nullptr});
  return *at;
}

slot_entry& slot_book::hold(place& at) {
  at.held = std::make_unique<slot_entry>();
  at.held->slot = at.number;
  return *at.held;
}

void slot_book::set_open(const std::vector<slot_number>& open_now) {
  const auto stays = [&](slot_number slot) {
    return std::find(open_now.begin(), open_now.end(), slot) != open_now.end();
  };
  places_.reserve(open_now.size()); // not the next power of two
  for (auto slot : open_now)
    open(slot);
  places_.erase(std::remove_if(places_.begin(), places_.end(),
                               [&](const place& p) { return !p.held && !stays(p.number); }),
                places_.end());
  for (auto& p : places_)
    if (p.held) p.held->closing = !stays(p.number);
}

std::int32_t slot_book::limit() const {
  return static_cast<std::int32_t>(std::count_if(
      places_.begin(), places_.end(), [](const place& p) { return !p.held || !p.held->closing; }));
}

std::int32_t slot_book::active() const {
  return static_cast<std::int32_t>(std::count_if(places_.begin(), places_.end(),
                                                 [](const place& p) { return p.held != nullptr; }));
}

std::int32_t slot_book::available() const {
  return std::max(0, limit() - active() - strays_);
}

std::optional<slot_number> slot_book::reserve(run_id run, time_point at) {
  if (available() == 0) return std::nullopt;
  auto free = std::find_if(places_.begin(), places_.end(), [](const place& p) { return !p.held; });
  if (free == places_.end()) return std::nullopt;
  auto& entry = hold(*free);
  entry.state = slot_state::reserved;
  entry.run = run;
  entry.since = at;
  return free->number;
}

bool slot_book::bind(slot_number slot, run_id run, const dial_token& token,
                     const claim_answer& call, time_point at) {
  auto* entry = find(slot);
  if (entry == nullptr || entry->state != slot_state::reserved || entry->run != run) return false;
  entry->state = slot_state::dialing;
  entry->inherited = false;
  entry->job = call.job;
  entry->lead = call.lead;
  entry->token = token;
  entry->attempt = call.attempt;
  entry->request = request_of(call.request);
  course way{call.course};
  way.add("slot", entry->since);
  entry->texts = texts_of(call, way.text());
  entry->since = entry->dialed_at = entry->look.news_at = at;
  return true;
}

void slot_book::restore(const live_call& call) {
  auto& entry = hold(open(call.slot));
  entry.state = call.status == job_status::calling ? slot_state::calling
                : call.in_doubt_since              ? slot_state::in_doubt
                                                   : slot_state::dialing;
  entry.run = call.run;
  entry.job = call.job;
  entry.lead = call.lead;
  entry.token = call.token;
  entry.since = call.since;
  entry.dialed_at = call.dialed_at;
  entry.attempt = call.attempt;
  entry.request = request_of(call.request);
  entry.texts = texts_of(call, course{call.course}.text());
  entry.name(call.sid);
}

bool slot_book::inherit(slot_number slot, time_point at) {
  auto found = place_of(slot);
  if (found == places_.end() || !found->held || found->held->heir == nobody) return false;
  const auto before = std::move(found->held);
  auto& entry = hold(*found);
  entry.state = slot_state::reserved;
  entry.run = before->heir;
  entry.since = at;
  entry.closing = before->closing;
  entry.claim_anew = before->claim_anew;
  entry.inherited = true;
  return true;
}

bool slot_book::free(slot_number slot) {
  auto at = place_of(slot);
  if (at == places_.end() || !at->held) return false;
  if (at->held->closing)
    places_.erase(at);
  else
    at->held.reset();
  return true;
}

slot_entry* slot_book::find(slot_number slot) {
  auto at = place_of(slot);
  return at == places_.end() ? nullptr : at->held.get();
}

slot_entry* slot_book::find(const dial_token& token) {
  if (!token) return nullptr;
  for (auto& p : places_)
    if (p.held && p.held->token == token) return p.held.get();
  return nullptr;
}

slot_entry* slot_book::find(const call_sid& sid) {
  if (!sid) return nullptr;
  for (auto& p : places_)
    if (p.held && p.held->is_named(sid)) return p.held.get();
  return nullptr;
}

void slot_book::for_each(const std::function<void(const slot_entry&)>& visit) const {
  for (const auto& p : places_)
    if (p.held) visit(*p.held);
}

void slot_book::for_each(const std::function<void(slot_entry&)>& visit) {
  for (auto& p : places_)
    if (p.held) visit(*p.held);
}

slot_view view_of(const slot_entry& entry) {
  slot_view view;
  view.slot = entry.slot;
  view.state = entry.state;
  view.since = entry.since;
  view.job = entry.job;
  view.run = entry.run;
  view.lead = entry.lead;
  view.sid = entry.sid();
  view.progress = entry.progress;
  view.attempt = entry.attempt;
  if (entry.answered_at) view.answered_at = *entry.answered_at;
  view.phone = entry.phone();
  view.first_name = entry.text(call_texts::first_name);
  view.last_name = entry.text(call_texts::last_name);
  return view;
}

std::vector<slot_view> slot_book::views() const {
  std::vector<slot_view> views;
  views.reserve(places_.size());
  for (const auto& p : places_) {
    views.push_back(p.held ? view_of(*p.held) : slot_view{});
    views.back().slot = p.number;
    if (p.held) views.back().course = p.held->course();
  }
  return views;
}

} // namespace ringmaster
