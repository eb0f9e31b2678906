// The story of one history, line by line, the same for two runs of one seed: things are named by
// the order in which the history made them (B1, R2, J17), never by the database's own ids.
#pragma once

#include "actors/clock.hpp"

#include <cstdint>
#include <deque>
#include <string>

namespace ringmaster::simulation {

/// The database's ids before the history began.
struct first_ids {
  std::int64_t business = 0, lead = 0, run = 0, job = 0;
};

class trace {
public:
  explicit trace(first_ids before, bool print) : before_(before), print_(print) {}

  void say(microseconds at, const std::string& line);
  /// A line of the program's own log; the ids in it are translated.
  void say_log(microseconds at, std::string_view line);

  std::string name(business_id x) const { return named('B', x.value - before_.business); }
  std::string name(run_id x) const { return x ? named('R', x.value - before_.run) : "direct"; }
  std::string name(job_id x) const { return named('J', x.value - before_.job); }
  std::string name(lead_id x) const { return named('L', x.value - before_.lead); }

  /// The last lines, at most so many.
  std::string last(std::size_t lines) const;
  /// Of all lines so far.
  std::uint64_t digest() const { return digest_; }
  std::uint64_t lines() const { return count_; }

private:
  static std::string named(char kind, std::int64_t number) {
    return std::string(1, kind) + std::to_string(number);
  }
  std::string translated(std::string_view line) const;

  first_ids before_;
  bool print_;
  std::deque<std::string> lines_;
  std::uint64_t count_ = 0;
  std::uint64_t digest_ = 0xcbf29ce484222325ULL;
};

} // namespace ringmaster::simulation
