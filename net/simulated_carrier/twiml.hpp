// Reads a TwiML document far enough to act on it. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringmaster::net::sim {

enum class verb {
  say,
  play,
  pause,
  gather,
  record,
  dial,
  connect,
  start,
  redirect,
  hangup,
  reject,
  unknown ///< skipped, as the carrier does after a warning
};

struct twiml_verb {
  verb what = verb::unknown;
  std::string name;
  std::string text; ///< of the element and all within, entities decoded, trimmed
  bool get = false; ///< method="GET"
};

/// The verbs of a document in order; nothing when it is no well-formed <Response>.
std::optional<std::vector<twiml_verb>> parse_twiml(std::string_view document);

/// What a document does to the call.
struct script_course {
  bool speaks = false;    ///< something takes time before what follows
  bool redirects = false; ///< then goes on at `redirect`; else hangs up
  std::string redirect;   ///< empty: the same document again
  bool redirect_get = false;
};
script_course course_of(const std::vector<twiml_verb>& verbs);

} // namespace ringmaster::net::sim
