// What happens to the calls, and when: dialling, ringing, answering, what the TwiML says, the end.
// Pure: time and the results of webhooks are handed in, webhooks to call are taken out.
#pragma once

#include "net/simulated_carrier/call_book.hpp"
#include "net/simulated_carrier/callback_plan.hpp"
#include "net/simulated_carrier/webhook_figures.hpp"

#include <memory>
#include <queue>
#include <utility>

namespace ringmaster::net::sim {

struct engine_settings {
  std::string account_sid;
  std::uint64_t seed = 1;
  std::uint64_t sid_salt = 1;
  std::size_t kept_calls = 200'000;
  std::int32_t watched_limit = 3;
  double calls_per_second = 0; ///< 0: no limit; over it calls queue
  life_settings life;
  fault_settings faults;
};

enum class update_result { done, not_found, ended };

class call_engine {
public:
  explicit call_engine(engine_settings settings);
  call_engine(const call_engine&) = delete;
  call_engine& operator=(const call_engine&) = delete;

  call& create(call_request request, time_point now);
  /// Status=canceled: a call in progress goes on.
  update_result cancel(const std::string& sid, time_point now);
  /// Status=completed: hangs up.
  update_result complete(const std::string& sid, time_point now);
  /// Url or Twiml; `ended` also for a call that isn't answered yet.
  update_result redirect(const std::string& sid, const webhook_target& url,
                         const std::string& twiml, time_point now);
  update_result limit_time(const std::string& sid, seconds limit, time_point now);

  std::optional<time_point> next_due() const;
  void advance(time_point now);
  /// The webhooks that are due since the last time.
  std::vector<webhook> take_webhooks() { return std::exchange(due_, {}); }
  void settled(const webhook& w, const webhook_outcome& outcome, time_point now);

  /// Forgets all calls, live ones too, and all figures.
  void reset();

  call_book& book() { return *book_; }
  engine_settings& settings() { return settings_; }
  const all_webhook_figures& figures() const { return figures_; }

private:
  enum class step { dial, ring, settle, expire, detect, fetch, slow_answer, talk_over, limit };
  struct timer {
    time_point at;
    std::uint64_t order;
    std::uint64_t call;
    std::uint32_t phase;
    step what;
  };
  struct postponed {
    time_point at;
    std::uint64_t order;
    std::shared_ptr<webhook> what;
  };
  struct later {
    template <class T>
    bool operator()(const T& a, const T& b) const {
      return a.at != b.at ? a.at > b.at : a.order > b.order;
    }
  };

  bool strikes(fault f, const call& c) const { return settings_.faults.strikes(f, c.draws); }
  void set_timer(const call& c, step what, time_point at);
  void set_lasting_timer(const call& c, step what, time_point at);
  void run(const timer& t);
  std::string chosen_sid(const chance& draws);
  void schedule_dial(call& c, time_point now);
  void dial(call& c, time_point now);
  void ring(call& c, time_point now);
  void settle(call& c, time_point now);
  void answer(call& c, time_point now);
  void detect(call& c, time_point now);
  void fetch_first(call& c, time_point now);
  void fetch(call& c, webhook_kind kind, const webhook_target& target, std::int32_t error);
  void document_failed(call& c, std::int32_t error, time_point now);
  void carry_out(call& c, const std::string& document, time_point now);
  void follow(call& c, time_point now);
  void end(call& c, call_status how, time_point now);
  void emit(call& c, callback_event event, time_point now);
  void plan(std::vector<planned_webhook> planned, time_point now);

  engine_settings settings_;
  callback_plan plan_;
  std::unique_ptr<call_book> book_;
  all_webhook_figures figures_;
  time_point seen_{};      ///< the last advance
  time_point next_turn_{}; ///< of the calls per second
  std::uint64_t order_ = 0;
  std::priority_queue<timer, std::vector<timer>, later> timers_;
  std::priority_queue<postponed, std::vector<postponed>, later> postponed_;
  std::vector<webhook> due_;
};

} // namespace ringmaster::net::sim
