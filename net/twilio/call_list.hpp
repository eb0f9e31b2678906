// Follows the carrier's list of calls from page to page. Without sockets: it takes answers and says
// what to ask next.
#pragma once

#include "actors/carrier_line.hpp"
#include "net/http/message.hpp"

#include <functional>
#include <string>

namespace ringmaster::net {

/// Only a list that was read to its end is `answered`: whoever looks for a call in it must be able
/// to trust that it isn't there.
class call_list {
public:
  call_list(phone_number from, phone_number to, std::string first_target,
            std::function<void(list_reply)> reply);

  /// Path and query of the page to ask for.
  const std::string& next_target() const { return target_; }
  /// Takes a page. True: ask for the next one. False: finish.
  bool take(line_result how, const http_response& answer);
  /// Replies; once.
  void finish();

private:
  bool give_up();

  phone_number from_, to_;
  std::string target_;
  std::function<void(list_reply)> reply_;
  list_reply found_;
  int pages_ = 0;
};

/// A path on the same server, never another one ("//host/…") nor a whole URL.
bool is_relative(const std::string& uri);

} // namespace ringmaster::net
