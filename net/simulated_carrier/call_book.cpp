#include "net/simulated_carrier/call_book.hpp"

#include <algorithm>
#include <cstdio>

namespace ringmaster::net::sim {

namespace {

bool within(const std::optional<time_point>& at, const std::optional<time_point>& from,
            const std::optional<time_point>& before) {
  if (!from && !before) return true;
  return at && (!from || *at >= *from) && (!before || *at < *before);
}

} // namespace

std::string call_book::new_sid() {
  ++sids_;
  char text[35];
  std::snprintf(text, sizeof text, "CA%016llx%016llx",
                static_cast<unsigned long long>(mix(salt_, sids_)),
                static_cast<unsigned long long>(mix(~salt_, sids_)));
  return text;
}

call& call_book::add(call_request request, std::string sid, time_point at) {
  auto id = ++last_id_;
  call& c = calls_[id];
  c.id = id;
  c.sid = sid.empty() ? new_sid() : std::move(sid);
  c.request = std::move(request);
  c.created = c.updated = at;
  last_sid_ = c.sid;
  by_sid_[c.sid] = id;
  by_number_[c.request.to].push_back(id);
  observer_.created(c.request.from, c.request.to, c.sid, at);
  ++tallies_[static_cast<std::size_t>(call_status::queued)];
  return c;
}

void call_book::move(call& c, call_status to, time_point at, time_point seen_at) {
  --tallies_[static_cast<std::size_t>(c.status)];
  ++tallies_[static_cast<std::size_t>(to)];
  c.former_status = c.status;
  c.status = to;
  c.updated = at;
  if (!has_ended(to)) return;
  c.ended = at;
  observer_.ended(c.request.from, c.request.to, seen_at);
  ended_.push_back(c.id);
  while (ended_.size() > kept_) {
    auto oldest = calls_.find(ended_.front());
    ended_.pop_front();
    if (oldest != calls_.end() && oldest->first != c.id) forget(oldest);
  }
}

void call_book::forget(std::map<std::uint64_t, call>::iterator which) {
  const call& c = which->second;
  auto sid = by_sid_.find(c.sid);
  if (sid != by_sid_.end() && sid->second == c.id) by_sid_.erase(sid);
  auto number = by_number_.find(c.request.to);
  if (number != by_number_.end()) {
    auto& ids = number->second;
    ids.erase(std::remove(ids.begin(), ids.end(), c.id), ids.end());
    if (ids.empty()) by_number_.erase(number);
  }
  calls_.erase(which);
}

void call_book::erase(const std::string& sid, time_point at) {
  call* c = find(sid);
  if (!c) return;
  if (!has_ended(c->status)) move(*c, call_status::canceled, at, at);
  forget(calls_.find(c->id));
}

call* call_book::find(const std::string& sid) {
  auto found = by_sid_.find(sid);
  return found == by_sid_.end() ? nullptr : find(found->second);
}

call* call_book::find(std::uint64_t id) {
  auto found = calls_.find(id);
  return found == calls_.end() ? nullptr : &found->second;
}

bool call_book::fits(const call& c, const call_filter& filter) const {
  if (!filter.to.empty() && c.request.to != filter.to) return false;
  if (!filter.from.empty() && c.request.from != filter.from) return false;
  if (filter.status && c.status != *filter.status) return false;
  if (filter.visible_at && c.hidden_from_list > *filter.visible_at) return false;
  return within(c.dialled, filter.started_from, filter.started_before) &&
         within(c.ended, filter.ended_from, filter.ended_before);
}

std::vector<const call*> call_book::list(const call_filter& filter, std::uint64_t before,
                                         std::size_t skip, std::size_t most) const {
  std::vector<const call*> found;
  // True when there is enough.
  auto take = [&](const call& c) {
    if ((before != 0 && c.id >= before) || !fits(c, filter)) return false;
    if (skip > 0) {
      --skip;
      return false;
    }
    found.push_back(&c);
    return found.size() >= most;
  };
  if (most == 0) return found;
  if (!filter.to.empty()) {
    auto number = by_number_.find(filter.to);
    if (number == by_number_.end()) return found;
    for (auto id = number->second.rbegin(); id != number->second.rend(); ++id)
      if (take(calls_.at(*id))) break;
    return found;
  }
  auto start = before == 0 ? calls_.end() : calls_.lower_bound(before);
  for (auto c = std::make_reverse_iterator(start); c != calls_.rend(); ++c)
    if (take(c->second)) break;
  return found;
}

} // namespace ringmaster::net::sim
