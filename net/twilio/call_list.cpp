#include "net/twilio/call_list.hpp"

#include "net/twilio/calls_json.hpp"

#include <algorithm>

namespace ringmaster::net {
namespace {

constexpr int most_pages = 20;

/// Equal but for spelling ("+1 (415) 555-0100"): carriers differ in what they send back.
bool same_number(const phone_number& a, const phone_number& b) {
  const auto digits_of = [](const phone_number& phone) {
    std::string digits;
    for (char c : phone.value)
      if (c >= '0' && c <= '9') digits += c;
    return digits;
  };
  return a == b || (digits_of(a) == digits_of(b) && !digits_of(a).empty());
}

} // namespace

bool is_relative(const std::string& uri) {
  const auto printable = [](char c) { return c > 0x20 && c < 0x7F; };
  return uri.size() >= 2 && uri[0] == '/' && uri[1] != '/' && uri[1] != '\\' &&
         std::all_of(uri.begin(), uri.end(), printable);
}

call_list::call_list(phone_number from, phone_number to, std::string first_target,
                     std::function<void(list_reply)> reply)
    : from_(std::move(from)), to_(std::move(to)), target_(std::move(first_target)),
      reply_(std::move(reply)) {}

bool call_list::take(line_result how, const http_response& answer) {
  found_.result = how;
  if (how != line_result::answered) return give_up();
  found_.http_status = answer.status;
  if (answer.status < 200 || answer.status >= 300) {
    found_.calls.clear();
    return false;
  }
  auto page = read_call_page(answer.body);
  if (!page) return give_up();
  for (auto& call : page->calls) {
    const auto same = [&call](const carrier_call& known) { return known.sid == call.sid; };
    // Pages shift while calls are added: a call may come twice.
    if (same_number(call.to, to_) && same_number(call.from, from_) &&
        std::none_of(found_.calls.begin(), found_.calls.end(), same))
      found_.calls.push_back(std::move(call));
  }
  if (page->next_page_uri.empty()) return false;
  if (++pages_ == most_pages || !is_relative(page->next_page_uri)) return give_up();
  target_ = std::move(page->next_page_uri);
  return true;
}

void call_list::finish() {
  reply_(std::move(found_));
}

bool call_list::give_up() {
  if (found_.result == line_result::answered || pages_ > 0) found_.result = line_result::unknown;
  found_.calls.clear();
  return false;
}

} // namespace ringmaster::net
