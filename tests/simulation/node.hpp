// The process under test: the whole actor tree as config/server.cpp wires it, under CAF's
// deterministic scheduler, with the real store on a real PostgreSQL. It can die between any two
// messages and be started again. One serves many histories: its sessions stay open as long as no
// history breaks them.
#pragma once

#include "actors/carrier.hpp"
#include "actors/even_clock.hpp"
#include "actors/reconciler.hpp"
#include "actors/services.hpp"
#include "db/ownership.hpp"
#include "net/http/message.hpp"
#include "tests/simulation/line_model.hpp"

#include <caf/scheduler/test_coordinator.hpp>

#include <memory>
#include <string>

namespace ringmaster::simulation {

class node {
public:
  explicit node(std::string database_url);
  ~node();

  /// Where the log goes from now on.
  void listen(std::function<void(std::string_view)> to);

  /// Brings the process up for this history; `line` is its way to the carrier.
  void start(stage& on, std::shared_ptr<line_model> line);
  /// It is gone at once: nothing that waits anywhere in it happens any more.
  void crash();
  /// The history is over: leaves nothing behind but open sessions.
  void end();
  /// Opens the sessions that were broken; false when that is not to be had.
  bool mend();

  bool is_up() const { return static_cast<bool>(board_); }
  /// Actors that outlived their process, as none may.
  std::size_t left_over() const;
  net::http_handler door() const { return webhooks_; }

  /// Runs one message of one actor, drawn; false when there is none. The store is passed over, if
  /// there are others, with that likelihood; by 1 also if there are none.
  bool step(dice& draw, double pass_over_store);
  bool can_run() { return !scheduler().jobs.empty(); }
  /// When its next timer is due, counted from the history's start.
  std::optional<microseconds> next_timer();
  void advance_to(microseconds at);

  /// Asks the switchboard; `then` hears the answer, or nothing once `patience` is over.
  template <class Answer, class Request>
  void ask(const Request& request, std::function<void(const Answer*)> then) {
    if (!is_up()) return then(nullptr);
    system_->spawn([board = board_, request, then](caf::event_based_actor* self) {
      self->request(board, seconds{20}, request)
          .then([then](const Answer& answer) { then(&answer); },
                [then](const caf::error&) { then(nullptr); });
    });
  }
  template <class Message>
  void tell(const Message& message) {
    caf::anon_send(board_, message);
  }

  /// The watch over the ownership, as the server does it every second.
  void watch_ownership();
  const counters& count() const { return *count_; }

private:
  struct config;
  class log_sink;
  caf::scheduler::test_coordinator& scheduler();
  void take_ownership();
  void open_stores();
  void kill_all(bool with_stores);
  void settle();

  std::string url_;
  std::shared_ptr<log_sink> sink_;
  std::shared_ptr<spdlog::logger> log_;
  std::shared_ptr<counters> count_ = std::make_shared<counters>();
  std::unique_ptr<db::ownership> owner_;
  std::unique_ptr<config> config_;
  std::unique_ptr<caf::actor_system> system_;
  store_actor store_;
  bulk_store_actor bulk_;
  std::unique_ptr<even_clock> clock_;
  std::shared_ptr<services> house_;
  switchboard_actor board_;
  std::shared_ptr<line_model> line_;
  net::http_handler webhooks_;
  microseconds clock_at_start_{0};
  std::uint64_t tokens_ = 0;
};

} // namespace ringmaster::simulation
