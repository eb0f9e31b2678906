// The course of one attempt: what happened to it, and when, as one short line that goes into the
// database with the statements that are written anyway:
//   "slot 1764436800123456;post +4012;answer +81240 201;ringing +1002877 1"
// The first time is in microseconds since 1970, each other one since the step before. Pure.
#pragma once

#include "actors/clock.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace ringmaster {

struct course_step {
  std::string what; ///< "slot", "post", "answer", "script", "look", "put_back" or a call's status
  time_point at;
  std::string detail{}; ///< of a callback: its sequence number; of others: words
};

class course {
public:
  course() = default;
  /// Goes on with what was stored; of a long line only its end.
  explicit course(std::string_view stored);

  /// `what` is a word. Past its room the course keeps quiet.
  void add(std::string_view what, time_point at, std::string_view detail = {});
  const std::string& text() const { return text_; }

private:
  std::string text_;
};

/// The line with one more step; as it was when it has no more room. `what` is a word.
std::string longer_course(std::string_view line, std::string_view what, time_point at,
                          std::string_view detail = {});

/// The steps of a stored line; what can't be read is passed over.
std::vector<course_step> read_course(std::string_view stored);

} // namespace ringmaster
