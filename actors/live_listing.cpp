#include "actors/live_listing.hpp"

#include <algorithm>
#include <array>

namespace ringmaster {

namespace {

/// In the order of a call's life: one that moves on while the list is read shows under the next.
constexpr std::array live_statuses{carrier_status::queued, carrier_status::ringing,
                                   carrier_status::in_progress};
constexpr int most_failed_pages = 4;

} // namespace

bool live_listing::pays(std::size_t listable) const {
  if (from_ <= 0 || open_) return false;
  return listable >= std::max(static_cast<std::size_t>(from_), 2 * last_pages_);
}

void live_listing::begin() {
  open_ = true;
  at_ = pages_ = answered_ = 0;
  page_.clear();
  failures_ = 0;
}

carrier_status live_listing::status() const {
  return live_statuses[at_];
}

bool live_listing::read(std::size_t answered, std::size_t listable, const std::string& next) {
  page_under_way_ = false;
  failures_ = 0;
  ++pages_;
  answered_ += answered;
  page_ = next;
  if (next.empty() && ++at_ == live_statuses.size()) return end();
  return pages_ < answered_ + listable || end();
}

bool live_listing::failed(bool for_good) {
  page_under_way_ = false;
  return (!for_good && ++failures_ < most_failed_pages) || end();
}

/// What it cost says what the next one will.
bool live_listing::end() {
  last_pages_ = std::max(pages_, std::size_t{1});
  return open_ = false;
}

} // namespace ringmaster
