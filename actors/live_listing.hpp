// How a listing of the account's live calls is read: when it is worth its requests, which page is
// next, and when it is given up. What it shows is as good as an answer about each call; what it
// does not show proves nothing (a call may be new, or the carrier's list late), so that is asked
// for by name. Pure.
#pragma once

#include "actors/states.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace ringmaster {

class live_listing {
public:
  explicit live_listing(std::int32_t from) : from_(from) {}

  /// Whether so many calls to ask for are better answered by a listing.
  bool pays(std::size_t listable) const;
  void begin();
  bool is_open() const { return open_; }

  /// The page to ask for; its name is empty for a status's first.
  carrier_status status() const;
  const std::string& page() const { return page_; }
  void asked() { page_under_way_ = true; }
  bool is_asked() const { return page_under_way_; }

  /// A page was read, so many of its calls were asked about, and so many questions are left; `next`
  /// is empty on the last one of its status. False: that was all, or asking one by one would have
  /// cost no more until now.
  bool read(std::size_t answered, std::size_t listable, const std::string& next);
  /// A page could not be had. False: given up, or the carrier has no such list.
  bool failed(bool for_good);

  std::size_t pages() const { return pages_; }
  std::size_t answered() const { return answered_; }

private:
  bool end();

  std::int32_t from_;
  bool open_ = false, page_under_way_ = false;
  std::size_t at_ = 0; ///< which status
  std::string page_;
  std::size_t pages_ = 0, answered_ = 0;
  std::size_t last_pages_ = 0; ///< of the last one that was read to its end
  int failures_ = 0;           ///< in a row
};

} // namespace ringmaster
