// PostgreSQL's side of a session, which outlives the process's: a process that dies or is cut off
// loses its session, and the server ends what that session had begun. To make a new one costs the
// server more than a whole history's statements (a new server process that reads the catalogue and
// plans everything anew), so the next session that begins with the same words gets this one,
// rolled back and without its locks. The process sees no difference.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace ringmaster::simulation::backends {

/// What a session of the server was told, and what it said.
struct backend {
  std::string startup;  ///< the first message to it
  std::string greeting; ///< what it said then, from the permission to enter on
  bool is_greeted = false;
  char status = 'I';                           ///< I: no transaction, T: in one, E: in a broken one
  bool is_busy = false;                        ///< has not answered yet
  std::map<std::string, std::string> prepared; ///< texts by name
  std::map<std::string, std::string> given;    ///< our own names by text
  std::string preparing;                       ///< the name that waits for its answer
  std::string text;                            ///< and the text
  bool knows_begin = false;                    ///< BEGIN is prepared, too

  void heard(std::string_view said);
  /// The answer to the wish to prepare what it has prepared already; else empty.
  std::string answer_prepared(std::string_view request, char status_now) const;
  /// The request as it goes to the server: a statement without a name gets one, and is parsed once.
  std::string told(std::string_view request);
  /// BEGIN, to go before that request, and what the server will answer to it alone.
  std::pair<std::string, std::string> begin_before(std::string_view request);
};

/// Takes the server's session away from that descriptor, which is a dead end then.
void keep(int fd, backend of);
/// Gives it one that began like that; false: there is none.
bool give(int fd, std::string_view startup, backend& into);

} // namespace ringmaster::simulation::backends
