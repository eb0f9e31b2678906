// One history: a world drawn from a seed in which the process works, is disturbed, and is watched.
#pragma once

#include "tests/simulation/callbacks.hpp"
#include "tests/simulation/people.hpp"

#include <functional>

namespace ringmaster::simulation {

/// What lasts longer than one history.
struct equipment {
  std::string database_url;
  node process;
  pqxx::connection session; ///< the observer's
  std::unique_ptr<records> api;

  explicit equipment(const std::string& database_url);
};

struct history_result {
  std::string violation; ///< empty: all invariants held
  std::string last_lines;
  std::uint64_t digest = 0; ///< of the whole story
  std::uint64_t lines = 0;
  std::size_t calls = 0, crashes = 0, cuts = 0;
  std::int64_t jobs = 0;
};

struct history_options {
  bool print = false;           ///< the story, as it is told
  std::size_t last_lines = 100; ///< of a failed history
};

class history {
public:
  history(equipment& with, std::uint64_t seed, const history_options& options);
  history_result run();

private:
  static first_ids read_first_ids(pqxx::connection& session);

  void plan_faults();
  void somebody_acts();
  void act_between_messages();
  void set_clock_right();
  void own_again();
  line_watch what_the_line_tells();
  void start_process();
  void crash(const char* why);
  void one_move();
  void run_one_actor();
  void pass_time();
  void make_calm();
  void come_to_rest();
  void fill_all_slots();
  void judge_the_end();
  void tidy_up();
  void count_jobs();
  void end_all_work();
  bool well() const { return stage_.violation.empty(); }

  equipment& with_;
  first_ids before_;
  stage stage_;
  carrier_model carrier_;
  observer watch_;
  callbacks callbacks_;
  people people_;
  history_options options_;
  history_result told_;

  std::shared_ptr<line_model> line_;
  microseconds stormy_until_{0};
  std::optional<std::uint64_t> crash_in_steps_;
  std::vector<std::uint64_t> acts_in_steps_; ///< people's: after so many messages of the actors
  bool crash_at_cut_ = false;
  microseconds frozen_until_{0}, store_slow_until_{0};
  std::uint64_t commits_seen_ = 0, look_at_commit_ = 0;
};

} // namespace ringmaster::simulation
