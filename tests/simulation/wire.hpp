// Stands in for the C library's send() and recv(), the only door of libpq: cuts the process's
// connections to PostgreSQL where a history wants it, with no thread and no delay in between, so
// that the cut falls on the same byte in every run. And it saves a sixth of all round trips: a
// BEGIN is answered here and travels with the statement behind it.
#pragma once

#include <cstdint>
#include <string>

namespace ringmaster::simulation::wire {

enum class cut {
  none,
  before_commit, ///< COMMIT does not reach the server
  after_commit,  ///< COMMIT is done, its answer is lost
  anywhere       ///< a request does not reach the server
};

/// Cuts the store's connection at its `countdown`-th COMMIT (or request) from now on.
void plan_cut(cut where, std::uint64_t countdown);
/// Whether the cut was made since it was planned; forgets it.
bool take_cut();
/// Whether any session has been broken since this was asked last.
bool was_disturbed();
/// Breaks the session that holds the ownership: its lock is free then.
void break_ownership();
/// While down, sessions of the process break at their next request and no new one is opened.
void set_down(bool down);
/// COMMITs that the store has sent since the program's start.
std::uint64_t commits();

/// From now on PostgreSQL's side of a session outlives the process's (backends.hpp), where it is
/// spoken to through a socket of the machine.
void keep_sessions();
/// That URL for sessions with a name of their own: a session is kept for others of its name.
std::string named(const std::string& url, const char* name);

/// Sessions with this in their first message are the observer's: never cut.
constexpr const char* observer_name = "simulation_observer";

} // namespace ringmaster::simulation::wire
