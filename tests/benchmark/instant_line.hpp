// A carrier in this process: takes every call at once, and lets it end after a fixed time. No
// sockets. It judges the limit as the simulated carrier does.
#pragma once

#include "actors/carrier_line.hpp"
#include "actors/interfaces.hpp"
#include "net/simulated_carrier/limit_observer.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace ringmaster::bench {

class instant_line final : public carrier_line {
public:
  instant_line(microseconds call_time, std::int32_t watched_limit, time_source now);
  ~instant_line() override { stop(); }

  /// Who is told of the calls' ends.
  void report_to(switchboard_actor board);
  /// No end is told any more.
  void stop();

  /// Waits until so many calls have ended; false when that takes longer than `patience`.
  bool wait_for_ended(std::int64_t calls, microseconds patience);

  struct figures {
    std::int64_t calls = 0, live = 0, highest_live = 0, violations = 0, repeated = 0, overlaps = 0;
    std::int64_t ended = 0;
    std::int32_t highest_of_one = 0;
    double gap_p50_ms = 0, gap_p99_ms = 0, gap_p999_ms = 0;
  };
  figures seen() const;
  time_point last_end() const;

  void create(const place_call& request, std::function<void(create_reply)> reply) override;
  void withdraw(const std::vector<dial_token>&, std::function<void()> done) override { done(); }
  void hang_up(const call_sid&, std::function<void(command_reply)> reply) override { reply({}); }
  void fetch(const call_sid&, std::function<void(fetch_reply)> reply) override { reply({}); }
  void list(const phone_number&, const phone_number&,
            std::function<void(list_reply)> reply) override {
    reply({});
  }
  void list_page(carrier_status, const std::string&,
                 std::function<void(page_reply)> reply) override {
    reply({});
  }

private:
  struct live_call {
    place_call request;
    call_sid sid;
    time_point ends_at;
  };
  void run();

  const microseconds call_time_;
  const std::int32_t limit_;
  const time_source now_;

  mutable std::mutex guard_;
  std::condition_variable changed_, ended_;
  std::deque<live_call> live_; ///< all last equally long: the first ends first
  net::sim::limit_observer observer_;
  std::int64_t ended_count_ = 0;
  time_point last_end_;
  bool stopping_ = false;
  switchboard_actor board_;
  std::thread thread_;
};

} // namespace ringmaster::bench
