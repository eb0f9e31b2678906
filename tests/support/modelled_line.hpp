// A carrier's line for tests of the actors: it knows which calls exist, answers create requests as
// a test tells it to, and keeps count of what is live. No network; everything on the caller's
// thread.
#pragma once

#include "actors/carrier_line.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace ringmaster::test {

class modelled_line : public carrier_line {
public:
  struct call {
    place_call request;
    call_sid sid;
    bool exists = false; ///< the carrier created it
    bool live = false;
    bool hung_up = false;
    std::optional<carrier_status> status; ///< told when asked; else by whether it lives
    time_point created_at, ended_at;
    std::function<void(create_reply)> reply; ///< set: the request is not answered yet
  };

  /// What becomes of a create request.
  enum class fate {
    placed,        ///< created, answered 201
    held,          ///< created, the answer waits for answer()
    unsent,        ///< lies in the line's queue until withdrawn or answer()
    lost,          ///< created, no answer came
    lost_uncreated ///< not created, no answer came
  };
  /// Asked for each request; an error reply instead of a fate refuses it.
  std::function<fate(const place_call&)> decide = [](const place_call&) { return fate::placed; };
  std::function<std::optional<create_reply>(const place_call&)> refuse = [](const place_call&) {
    return std::nullopt;
  };

  time_source now = [] { return time_point{}; };
  /// Whether fetch and list show a call already (or still).
  std::function<bool(const call&)> visible = [](const call&) { return true; };
  bool hang_up_works = false; ///< else it is accepted, and nothing happens
  bool asking_fails = false;  ///< fetch and list give no usable answer
  /// Whether a listing by state shows it; it may be later than what fetch tells.
  std::function<bool(const call&)> listed = [](const call&) { return true; };
  std::set<std::string> fetched; ///< which were asked for by name
  bool listing_refused = false;  ///< pages are answered 400: no such filter
  std::size_t page_size = 50;    ///< of a listing by state
  int fetches = 0, lists = 0, pages = 0, hang_ups = 0;

  void create(const place_call& request, std::function<void(create_reply)> reply) override;
  void withdraw(const std::vector<dial_token>& tokens, std::function<void()> done) override;
  void hang_up(const call_sid& sid, std::function<void(command_reply)> reply) override;
  void fetch(const call_sid& sid, std::function<void(fetch_reply)> reply) override;
  void list(const phone_number& from, const phone_number& to,
            std::function<void(list_reply)> reply) override;
  void list_page(carrier_status status, const std::string& page,
                 std::function<void(page_reply)> reply) override;

  /// A request that had no answer makes its call after all.
  void appear(call& one);
  /// Answers a held or unsent request now, as placed.
  void answer(call& one);
  /// Takes over a call from before a crash.
  void adopt(std::unique_ptr<call> one);
  /// The call is over at the carrier.
  void end(call& one);

  std::vector<call*> live_calls(business_id business);
  int live(business_id business);
  int highest(business_id business) const;
  /// How often a number was created at the carrier.
  std::map<std::string, int> created_by_number(business_id business) const;
  std::vector<std::unique_ptr<call>>& calls() { return calls_; }
  call& last() { return *calls_.back(); }

private:
  void make(call& one);
  carrier_call told(const call& one) const;

  std::vector<std::unique_ptr<call>> calls_;
  std::map<business_id, int> live_, highest_;
};

} // namespace ringmaster::test
