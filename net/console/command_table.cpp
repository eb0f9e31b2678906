#include "net/console/commands.hpp"

namespace ringmaster::net::console {

namespace {

parameter business() {
  return {"BUSINESS", word_kind::business, {}, false};
}
parameter run() {
  return {"RUN", word_kind::run, {}, false};
}
parameter job() {
  return {"JOB", word_kind::job, {}, false};
}
parameter maybe(parameter what) {
  what.optional = true;
  return what;
}
parameter text(std::string name) {
  return {std::move(name), word_kind::text, {}, false};
}
parameter choice(std::string name, std::vector<std::string> choices) {
  return {std::move(name), word_kind::choice, std::move(choices), false};
}

std::vector<command> of_the_node() {
  using w = weight;
  return {
      {"server",
       {},
       w::looks,
       "what this server is and whether it is well",
       "Version, uptime, process, and the checks of /readyz. Look here first."},
      {"config", {}, w::looks, "the settings it runs with", "Keys and passwords are masked."},
      {"overview", {}, w::looks, "all businesses in a few numbers", ""},
      {"actors",
       {maybe({"KIND",
               word_kind::text,
               {"business_supervisor", "run", "store", "bulk_store", "carrier", "reconciler",
                "switchboard", "event_feed", "admin"},
               false})},
       w::looks,
       "every live actor: messages handled, waiting, restarts",
       "Tab tells the kinds. An actor that keeps messages waiting does not keep up; one with "
       "restarts broke, and the log says why."},
      {"carrier",
       {},
       w::looks,
       "the carrier's account: pace, breaker, back-off, answers",
       "'held_for_ms' is the back-off; 'locked_out' means that the account is refused: check the "
       "credentials."},
      {"carrier pace",
       {{"CALLS_PER_SECOND", word_kind::number, {}, false}},
       w::changes,
       "sets the pace until the next start",
       "0 is no limit. Above what the carrier allows, it answers 429 and calls wait longer. For "
       "good: carrier.calls_per_second in the settings."},
      {"database", {}, w::looks, "connections, batches, commit times", ""},
      {"database accept",
       {},
       w::asks_twice,
       "works with the PostgreSQL server that answers instead of the known one",
       "After a failover that could not be proven to have lost nothing ('server' says so under "
       "database_server). Calls that it does not know would be made again: where some may be "
       "missing, end the server and run `ringmaster restored` instead."},
      {"metrics", {}, w::looks, "what /metrics says", ""},
      {"log level",
       {maybe(choice("LEVEL", {"debug", "info", "warn", "error"}))},
       w::changes,
       "shows or sets how much is logged",
       "Until the next start. debug logs each callback."},
      {"audit",
       {maybe(business())},
       w::looks,
       "who changed what, newest first",
       "Changes by API keys and by the console, kept for good in the table audit_log."},
      {"drain",
       {},
       w::asks_twice,
       "ends the server as SIGTERM does",
       "No new call starts, what was heard is written, the process ends with 0. Live calls go on "
       "at the carrier and are picked up at the next start."},
  };
}

std::vector<command> of_businesses() {
  using w = weight;
  return {
      {"business find",
       {maybe(text("TEXT"))},
       w::looks,
       "businesses whose name or number holds TEXT",
       "Without TEXT: the first hundred."},
      {"business busy", {}, w::looks, "businesses with calls or runs under way", ""},
      {"business show", {business()}, w::looks, "one business's settings", ""},
      {"business slots",
       {business()},
       w::looks,
       "its slots and the calls in them",
       "'in_doubt': the carrier's answer to the request was lost. The slot stays held until the "
       "carrier says what became of it; see 'help doubts'."},
      {"business set-slots",
       {business(), {"SLOTS", word_kind::whole, {}, false}},
       w::changes,
       "sets how many calls may be live, 0 to 100",
       "Fewer than are live: the others close as their calls end."},
      {"business suspend",
       {business()},
       w::changes,
       "no call of it starts any more",
       "Live calls end by themselves; runs stay and go on after 'business unsuspend'."},
      {"business unsuspend", {business()}, w::changes, "its calls may start again", ""},
      {"runs list", {business()}, w::looks, "its runs, newest first", ""},
      {"runs show", {business(), run()}, w::looks, "one run and how far it is", ""},
      {"runs pause", {business(), run()}, w::changes, "starts no more calls of it", ""},
      {"runs resume", {business(), run()}, w::changes, "goes on with a paused run", ""},
      {"runs stop",
       {business(), run(), maybe(choice("hang-up", {"hang-up"}))},
       w::changes,
       "cancels what is queued; with hang-up also ends the live calls",
       "A stopped run can't be resumed."},
      {"job show", {business(), job()}, w::looks, "one lead of a run, or a direct call", ""},
      {"job why",
       {business(), job()},
       w::looks,
       "why this lead is not being called now",
       "Names every gate between the job and its call; the first that is shut holds it."},
      {"job story",
       {business(), job()},
       w::looks,
       "all that happened to it: why it waited, each attempt, its end",
       "From the tables of jobs, attempts and audit. The log has more: search it for job=… and "
       "run=…."},
      {"job requeue", {business(), job()}, w::changes, "calls a failed lead once more", ""},
      {"tail",
       {business()},
       w::looks,
       "what happens to a business, as it happens; Ctrl-C ends it",
       ""},
      {"restart",
       {business()},
       w::changes,
       "its supervisor starts over from the database",
       "Harmless: live calls keep their slots, facts that wait for the database are kept. For when "
       "the slots shown here and the database differ."},
  };
}

std::vector<command> of_doubts() {
  using w = weight;
  return {
      {"doubts",
       {maybe(business())},
       w::looks,
       "calls of which the carrier's answer was lost",
       "They are settled by themselves: the carrier is asked until it shows the call, or shows "
       "through the whole grace that there is none. Look at the carrier's own console before you "
       "do it by hand: 'doubt adopt' when you find the call there, 'doubt never-placed' only when "
       "you are sure that there is none."},
      {"doubt adopt",
       {business(), job(), text("CALL_SID")},
       w::asks_twice,
       "this call of the carrier is that call in doubt",
       "The job takes the name, and the carrier is asked at once how the call stands."},
      {"doubt never-placed",
       {business(), job()},
       w::asks_twice,
       "that call in doubt never was: frees its slot",
       "If it rings all the same, the person may be called twice. The job is queued again, or "
       "fails if the business has redial_in_doubt off."},
      {"reconcile",
       {{"BUSINESS", word_kind::text, {"all"}, false}},
       w::changes,
       "asks the carrier about every live call now",
       "'reconcile all' for all businesses with calls. The pace of asking stays bounded."},
  };
}

std::vector<command> of_keys() {
  using w = weight;
  const parameter owner{"OWNER", word_kind::text, {"server"}, false};
  const parameter key{"KEY", word_kind::whole, {}, false};
  return {
      {"keys list",
       {owner},
       w::looks,
       "the API keys of a business, or of the whole server",
       "OWNER is a business's id, or 'server'. 'last used' is true to a few minutes."},
      {"keys create",
       {owner, choice("ROLE", {"read", "operate", "admin"}), text("NAME"),
        maybe({"DAYS", word_kind::whole, {}, false})},
       w::changes,
       "makes a key and shows it this once",
       "read looks; operate also changes leads, runs and calls; admin also keys and settings. "
       "With DAYS it expires after that. A key of 'server' reaches every business."},
      {"keys rotate",
       {owner, key, maybe({"HOURS", word_kind::whole, {}, false})},
       w::changes,
       "makes a key beside an old one, which ends after HOURS (24)",
       "The new one has the same name and role, and lives as long as the old one was made to."},
      {"keys rename", {owner, key, text("NAME")}, w::changes, "gives a key another name", ""},
      {"keys expire",
       {owner, key, {"DAYS", word_kind::text, {"never"}, false}},
       w::changes,
       "sets when a key ends: DAYS from now, or never",
       "To end it now: 'keys revoke'."},
      {"keys revoke",
       {owner, key},
       w::asks_twice,
       "ends a key for good",
       "It is refused within seconds, and its streams of events end."},
  };
}

std::vector<command> of_the_console() {
  return {
      {"help",
       {maybe({"TOPIC", word_kind::topic, {}, false})},
       weight::here,
       "explains a command or a group",
       ""},
      {"watch",
       {{"COMMAND", word_kind::topic, {}, false}},
       weight::here,
       "repeats a command every second until Ctrl-C",
       "Only commands that change nothing."},
      {"quit", {}, weight::here, "ends the console", "So does Ctrl-D."},
  };
}

} // namespace

const std::vector<command>& commands() {
  static const std::vector<command> table = [] {
    std::vector<command> all;
    for (auto* group : {of_the_node, of_businesses, of_doubts, of_keys, of_the_console})
      for (auto& one : group())
        all.push_back(std::move(one));
    return all;
  }();
  return table;
}

} // namespace ringmaster::net::console
