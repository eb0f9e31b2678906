#include "net/simulated_carrier/call_book.hpp"

#include <algorithm>

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
  std::string text = "CA";
  text.reserve(34);
  append_hex(text, mix(salt_, sids_), 16);
  append_hex(text, mix(~salt_, sids_), 16);
  return text;
}

call& call_book::add(call_request request, std::string sid, time_point at) {
  call& c = *calls_.emplace_back(std::make_unique<call>());
  const auto id = c.id = first_id_ + calls_.size() - 1;
  ++size_;
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
    call* oldest = find(ended_.front());
    ended_.pop_front();
    if (oldest && oldest != &c) forget(*oldest);
  }
}

void call_book::forget(const call& c) {
  auto sid = by_sid_.find(c.sid);
  if (sid != by_sid_.end() && sid->second == c.id) by_sid_.erase(sid);
  auto number = by_number_.find(c.request.to);
  if (number != by_number_.end()) {
    auto& ids = number->second;
    ids.erase(std::remove(ids.begin(), ids.end(), c.id), ids.end());
    if (ids.empty()) by_number_.erase(number);
  }
  calls_[c.id - first_id_].reset();
  --size_;
  for (; !calls_.empty() && !calls_.front(); ++first_id_)
    calls_.pop_front();
}

void call_book::erase(const std::string& sid, time_point at) {
  call* c = find(sid);
  if (!c) return;
  if (!has_ended(c->status)) move(*c, call_status::canceled, at, at);
  forget(*c);
}

call* call_book::find(const std::string& sid) {
  auto found = by_sid_.find(sid);
  return found == by_sid_.end() ? nullptr : find(found->second);
}

call* call_book::find(std::uint64_t id) {
  const auto place = id - first_id_; // an id before the first is beyond the last
  return place < calls_.size() ? calls_[place].get() : nullptr;
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
      if (take(*calls_[*id - first_id_])) break;
    return found;
  }
  auto place = calls_.size();
  if (before != 0) place = std::min<std::uint64_t>(place, std::max(before, first_id_) - first_id_);
  while (place-- > 0)
    if (calls_[place] && take(*calls_[place])) break;
  return found;
}

} // namespace ringmaster::net::sim
