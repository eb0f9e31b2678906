#include "net/api/event_room.hpp"

#include <charconv>
#include <unordered_set>

namespace ringmaster::net::api {

std::uint64_t event_ring::add(std::string text) {
  bytes_ += text.size();
  texts_.push_back(std::move(text));
  while (texts_.size() > most_texts_ || (bytes_ > most_bytes_ && texts_.size() > 1)) {
    bytes_ -= texts_.front().size();
    texts_.pop_front();
  }
  return ++last_;
}

std::optional<std::string> event_ring::after(std::uint64_t seen) const {
  if (seen > last_ || last_ - seen > texts_.size()) return std::nullopt;
  std::string joined;
  for (auto i = texts_.size() - static_cast<std::size_t>(last_ - seen); i < texts_.size(); ++i)
    joined += texts_[i];
  return joined;
}

void latest_changes::put(event changed) {
  const auto attempt = std::make_pair(changed.call.job, std::int64_t{changed.call.attempt});
  const auto [known, is_new] = at_.try_emplace(attempt, changes_.size());
  if (!is_new) {
    changes_[known->second].reset();
    known->second = changes_.size();
  }
  changes_.emplace_back(std::move(changed));
}

std::vector<call_change> latest_changes::take() {
  std::vector<call_change> latest;
  latest.reserve(at_.size());
  for (auto& each : changes_)
    if (each) latest.push_back({std::move(*each), false});
  std::unordered_set<std::int64_t> told;
  for (auto it = latest.rbegin(); it != latest.rend(); ++it)
    it->slot_is_told_later = !told.insert(it->what.call.slot.value).second;
  changes_.clear();
  at_.clear();
  return latest;
}

std::string event_id(std::uint64_t start, std::uint64_t number) {
  return std::to_string(start) + "-" + std::to_string(number);
}

std::optional<std::uint64_t> number_of_event(std::uint64_t start, std::string_view id) {
  const auto own = std::to_string(start) + "-";
  if (id.substr(0, own.size()) != own) return std::nullopt;
  const auto digits = id.substr(own.size());
  std::uint64_t number = 0;
  const auto* end = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data(), end, number);
  if (digits.empty() || read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return number;
}

} // namespace ringmaster::net::api
