// The carrier as the world has it: which calls exist, how they go on and end. It outlives the
// process under test and is one of the two things that the observer believes.
#pragma once

#include "actors/carrier_line.hpp"
#include "tests/simulation/stage.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ringmaster::simulation {

struct modelled_call {
  int number = 0; ///< C1, C2, … in the story
  place_call request;
  call_sid sid;
  carrier_status status = carrier_status::queued;
  microseconds created_at{0}, listed_from{0};
  std::uint64_t changes = 0;   ///< raised by each: plans made before are void
  std::int32_t told = 0;       ///< events so far: the next one's sequence number
  std::int32_t talk_s = 0;     ///< once completed
  microseconds answered_at{0}; ///< set: was answered
  bool end_acknowledged = false;
  bool stray = false;                       ///< of an attempt that was given up for good
  int hang_ups = 0;                         ///< so often it was told to end
  std::optional<microseconds> hang_up_lost; ///< when; it was not said again since

  bool live() const { return !is_terminal(status); }
  std::string name() const { return "C" + std::to_string(number); }
};

/// How a call will go, drawn when it is created.
struct call_plan {
  microseconds queued{0}, until_ringing{0}, ringing{0}, talking{0};
  bool rings = true; ///< some carriers leave that event out
  carrier_status end = carrier_status::completed;
};

class carrier_model {
public:
  explicit carrier_model(stage& on) : on_(on) {}

  /// Told of each change of each call, the creation included.
  std::function<void(modelled_call&)> changed;
  /// Told before a call is created: the observer counts.
  std::function<void(const modelled_call&)> created;

  modelled_call& create(const place_call& request, bool stray = false);
  /// Ends it if it is live; false when it had ended.
  bool hang_up(const call_sid& sid);
  /// The callee's side ended or never came to be (no script, say).
  void end(modelled_call& call, carrier_status how);

  modelled_call* find(const call_sid& sid);
  /// What asking about it tells now; nothing while it isn't listed yet.
  std::optional<carrier_call> told(const modelled_call& call) const;
  std::vector<carrier_call> list(const phone_number& from, const phone_number& to) const;
  /// A few of those in that state; a page's name is the place of its first call.
  void list_page(carrier_status status, const std::string& page, page_reply& into) const;

  std::vector<std::unique_ptr<modelled_call>>& calls() { return calls_; }
  int live() const;
  /// Without strays.
  int live(business_id business) const;

private:
  call_plan draw_plan(const place_call& request);
  void go_on(modelled_call& call, const call_plan& plan);
  void later(modelled_call& call, microseconds wait, std::function<void()> what);
  void move(modelled_call& call, carrier_status to);

  stage& on_;
  std::vector<std::unique_ptr<modelled_call>> calls_;
  std::map<std::string, modelled_call*> by_sid_;
};

} // namespace ringmaster::simulation
