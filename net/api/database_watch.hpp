// Knows whether the database answers at all, within a bounded time. For /readyz, and for requests
// that it keeps waiting: libpq waits for ever for a server that hangs, their clients must not.
#pragma once

#include "actors/records.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace ringmaster::net::api {

struct watch_settings {
  /// How long the database may take to answer the simplest question.
  std::chrono::milliseconds probe_patience{2'000};
  /// After so long a request's delay is looked into, and again after as long.
  std::chrono::milliseconds request_patience{4'000};
};

class database_watch : public std::enable_shared_from_this<database_watch> {
public:
  using verdict_fn = std::function<void(const result<done>&)>;

  database_watch(watch_settings settings, records_factory make_records);
  /// Its thread that asks may hang with the database: it keeps this alive for as long.
  void start();
  /// Answers who still waits. May be called twice.
  void stop();

  /// Asks the database. `then` is called once, within the patience, on any thread; must not block.
  void probe(verdict_fn then);

  /// A request is under way: `give_up` is called, at most once, when it has been for the patience
  /// and the database does not answer. Never after close().
  std::uint64_t open(std::function<void()> give_up);
  void close(std::uint64_t request);

private:
  using clock = std::chrono::steady_clock;

  struct question {
    clock::time_point until;
    verdict_fn then;
  };
  struct request {
    clock::time_point look_at;
    std::function<void()> give_up;
  };
  using questions = std::map<std::uint64_t, question>;

  void ask_loop();
  void keep_loop();
  result<done> ask_once(std::unique_ptr<records>& db);
  static void tell(questions& some, const result<done>& verdict);
  void give_up(const std::vector<std::uint64_t>& late);

  const watch_settings settings_;
  records_factory make_records_;

  std::mutex guard_;
  std::condition_variable asked_, opened_, asker_ended_;
  questions questions_; ///< by number, unanswered
  std::map<std::uint64_t, request> requests_;
  std::uint64_t last_ = 0;
  bool stopping_ = false, asker_over_ = false;
  std::thread asker_, keeper_;
};

} // namespace ringmaster::net::api
