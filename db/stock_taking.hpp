// What must be done with a database that was restored from a copy, so that nobody is called a
// second time: the calls that the carrier knows and the copy doesn't are written into it, and
// everything that would call waits for a person.
#pragma once

#include "actors/carrier_line.hpp"
#include "db/connection.hpp"

#include <vector>

namespace ringmaster::db {

struct stock {
  std::int64_t unknown = 0;      ///< calls of the carrier that the copy didn't know
  std::int64_t adopted = 0;      ///< … that were those of jobs that were being dialled
  std::int64_t settled = 0;      ///< queued jobs that have been called, with their outcome
  std::int64_t unclear = 0;      ///< queued jobs whose number was called: failed as in doubt
  std::int64_t live = 0;         ///< unknown calls that still ring: hung up by the next start
  std::int64_t paused_runs = 0;  ///< every run that would have gone on
  std::int64_t withdrawn = 0;    ///< direct calls that waited: cancelled
  std::vector<call_sid> strange; ///< the unknown calls' names
};

/// A connection for the functions below; each may take minutes.
connection stock_session(const std::string& url);

/// Makes the jobs that large runs still lack: a call is matched with a job.
result<done> make_missing_jobs(connection& to, time_point at);

/// A moment before all calls that the database may lack; nothing: it knows of no call at all.
result<std::optional<time_point>> news_since(connection& to);

/// In one transaction, whose end makes the database one to start on. `calls`: all that the carrier
/// knows from news_since() on. `at`: now.
result<stock> take_stock(connection& to, const std::vector<carrier_call>& calls, time_point at);

} // namespace ringmaster::db
