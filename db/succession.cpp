#include "db/succession.hpp"

#include "db/fields.hpp"

namespace ringmaster::db {

namespace {

const std::string question_sql = std::string{R"(
SELECT pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on',
       home = found_at(), server,
       CASE WHEN pg_is_in_recovery() THEN '' ELSE ()"} +
                                 server_identity_sql + R"() END
FROM database_home)";

const char* const marks_sql = "SELECT writer, mark FROM commit_marks WHERE process = $1::uuid";

const char* const waits = "Waiting for a person: if nothing is missing, say 'database accept' in "
                          "the shell; else stop this program and run `ringmaster restored`";

struct view {
  bool read_only = true, at_home = false;
  std::string owners, found;                  ///< the owner's server, and this one
  std::map<std::int32_t, std::int64_t> marks; ///< of this process
};

view look(pqxx::transaction_base& in, const std::string& process) {
  view seen;
  const auto row = in.exec(question_sql)[0];
  seen.read_only = truth_of(row[0]);
  seen.at_home = truth_of(row[1]);
  seen.owners = text_of(row[2]);
  seen.found = text_of(row[3]);
  for (const auto& each : in.exec_params(marks_sql, process))
    seen.marks[small_number_of(each[0])] = number_of(each[1]);
  return seen;
}

/// "7300000000000000001/00000002": the same system, on a later timeline.
bool comes_after(const std::string& found, const std::string& known) {
  const auto cut = found.find('/');
  return cut == known.find('/') && found.compare(0, cut, known, 0, cut) == 0 && found > known;
}

bool holds_all(const view& seen, const commit_marks& marks) {
  const auto all = marks.all();
  for (const auto& [writer, mark] : all) {
    const auto there = seen.marks.find(writer);
    if (there == seen.marks.end() || there->second < mark) return false;
  }
  return !all.empty();
}

/// Empty: it may be gone over to.
std::string judge(const view& seen, const server_identity& server, bool was_owner) {
  if (seen.read_only) return "It is a standby or read-only";
  if (seen.found == server.known()) return {};
  if (!seen.at_home) return "It is a copy: stop this program and run `ringmaster restored`";
  if (server.is_allowed(seen.found) || seen.owners == seen.found) return {};
  if (!comes_after(seen.found, server.known()))
    return std::string{"It is not one that came after the known one. "} + waits;
  if (!was_owner)
    return std::string{"Only the server that worked on it last can tell whether all is there. "} +
           waits;
  if (!holds_all(seen, server.marks))
    return std::string{"It lacks changes that were committed. "} + waits;
  return {};
}

} // namespace

std::string follow(connection& to, server_identity& server, bool was_owner) {
  // Whatever is being committed at the known server is known by then.
  if (server.changes() > 0) return "Some transactions are not over yet";
  view seen;
  const auto failed =
      in_transaction(to, [&](pqxx::work& in) { seen = look(in, server.marks.process()); });
  if (failed) return "It can't be asked: " + cause_of(*failed); // clients are told this
  auto why = judge(seen, server, was_owner);
  if (why.empty())
    server.go_over(seen.found);
  else
    server.refused(why);
  return why;
}

} // namespace ringmaster::db
