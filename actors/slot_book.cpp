#include "actors/slot_book.hpp"

#include "actors/log_lines.hpp"

#include <algorithm>

namespace ringmaster {

std::string fields(business_id business, const slot_entry& entry) {
  return fields(business, entry.run, entry.job, entry.sid, entry.request);
}

void slot_book::set_open(const std::vector<slot_number>& open) {
  for (auto slot : open) {
    auto& entry = slots_[slot];
    entry.slot = slot;
    entry.closing = false;
  }
  for (auto it = slots_.begin(); it != slots_.end();) {
    auto& entry = it->second;
    bool stays = std::find(open.begin(), open.end(), it->first) != open.end();
    if (!stays && entry.state == slot_state::free) {
      it = slots_.erase(it);
      continue;
    }
    entry.closing = !stays;
    ++it;
  }
}

std::int32_t slot_book::limit() const {
  return static_cast<std::int32_t>(std::count_if(
      slots_.begin(), slots_.end(), [](const auto& kv) { return !kv.second.closing; }));
}

std::int32_t slot_book::active() const {
  return static_cast<std::int32_t>(std::count_if(slots_.begin(), slots_.end(), [](const auto& kv) {
    return kv.second.state != slot_state::free;
  }));
}

std::int32_t slot_book::available() const {
  return std::max(0, limit() - active() - strays_);
}

std::optional<slot_number> slot_book::reserve(run_id run, time_point at) {
  if (available() == 0) return std::nullopt;
  for (auto& [number, entry] : slots_) {
    if (entry.state != slot_state::free || entry.closing) continue;
    entry.state = slot_state::reserved;
    entry.run = run;
    entry.since = at;
    return number;
  }
  return std::nullopt;
}

bool slot_book::bind(slot_number slot, run_id run, const dial_token& token,
                     const claim_answer& call, time_point at) {
  auto* entry = find(slot);
  if (entry == nullptr || entry->state != slot_state::reserved || entry->run != run) return false;
  entry->state = slot_state::dialing;
  entry->job = call.job;
  entry->lead = call.lead;
  entry->token = token;
  entry->phone = call.phone;
  entry->attempt = call.attempt;
  entry->request = call.request;
  entry->way = course{call.course};
  entry->way.add("slot", entry->since);
  entry->since = entry->dialed_at = entry->look.news_at = at;
  entry->first_name = call.first_name;
  entry->last_name = call.last_name;
  entry->external_id = call.external_id;
  entry->notes = call.notes;
  return true;
}

void slot_book::restore(const live_call& call) {
  auto& entry = slots_[call.slot];
  entry = slot_entry{};
  entry.slot = call.slot;
  entry.state = call.status == job_status::calling ? slot_state::calling
                : call.in_doubt_since              ? slot_state::in_doubt
                                                   : slot_state::dialing;
  entry.run = call.run;
  entry.job = call.job;
  entry.lead = call.lead;
  entry.token = call.token;
  entry.sid = call.sid;
  entry.phone = call.phone;
  entry.since = call.since;
  entry.dialed_at = call.dialed_at;
  entry.attempt = call.attempt;
  entry.request = call.request;
  entry.way = course{call.course};
  entry.first_name = call.first_name;
  entry.last_name = call.last_name;
  entry.external_id = call.external_id;
  entry.notes = call.notes;
}

bool slot_book::free(slot_number slot) {
  auto found = slots_.find(slot);
  if (found == slots_.end() || found->second.state == slot_state::free) return false;
  if (found->second.closing) {
    slots_.erase(found);
    return true;
  }
  found->second = slot_entry{};
  found->second.slot = slot;
  return true;
}

slot_entry* slot_book::find(slot_number slot) {
  auto found = slots_.find(slot);
  return found == slots_.end() ? nullptr : &found->second;
}

slot_entry* slot_book::find(const dial_token& token) {
  if (!token) return nullptr;
  auto found = std::find_if(slots_.begin(), slots_.end(),
                            [&](const auto& kv) { return kv.second.token == token; });
  return found == slots_.end() ? nullptr : &found->second;
}

slot_entry* slot_book::find(const call_sid& sid) {
  if (!sid) return nullptr;
  auto found = std::find_if(slots_.begin(), slots_.end(),
                            [&](const auto& kv) { return kv.second.sid == sid; });
  return found == slots_.end() ? nullptr : &found->second;
}

void slot_book::for_each(const std::function<void(const slot_entry&)>& visit) const {
  for (const auto& kv : slots_)
    visit(kv.second);
}

void slot_book::for_each(const std::function<void(slot_entry&)>& visit) {
  for (auto& kv : slots_)
    visit(kv.second);
}

slot_view view_of(const slot_entry& entry) {
  slot_view view;
  view.slot = entry.slot;
  view.state = entry.state;
  view.since = entry.since;
  view.job = entry.job;
  view.run = entry.run;
  view.lead = entry.lead;
  view.sid = entry.sid;
  view.progress = entry.progress;
  view.attempt = entry.attempt;
  if (entry.answered_at) view.answered_at = *entry.answered_at;
  view.phone = entry.phone;
  view.first_name = entry.first_name;
  view.last_name = entry.last_name;
  return view;
}

std::vector<slot_view> slot_book::views() const {
  std::vector<slot_view> views;
  views.reserve(slots_.size());
  for (const auto& kv : slots_) {
    views.push_back(view_of(kv.second));
    views.back().course = kv.second.way.text();
  }
  return views;
}

} // namespace ringmaster
