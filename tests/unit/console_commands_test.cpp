#include "net/console/commands.hpp"
#include "net/console/known_ids.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace ringmaster;
using namespace ringmaster::net::console;

namespace {

using words = std::vector<std::string>;

std::string why_not(const words& typed) {
  const auto parsed = parse(typed);
  return parsed ? "" : parsed.error().message;
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("a line is split at blanks, but not inside of quotes") {
  CHECK(*split_words("  runs   pause 1 2 ") == words{"runs", "pause", "1", "2"});
  CHECK(*split_words(R"(business find "Acme \"West\"" x)") ==
        words{"business", "find", R"(Acme "West")", "x"});
  CHECK(*split_words(R"(a\ b "")") == words{"a b", ""});
  CHECK(split_words("")->empty());
  CHECK_FALSE(split_words(R"(find "open)"));
  CHECK_FALSE(split_words("find \\"));
}

TEST_CASE("words become a command with its values") {
  const auto parsed = parse({"runs", "stop", "3", "7", "hang-up"});
  REQUIRE(parsed);
  CHECK(parsed->what->name == "runs stop");
  CHECK(parsed->id(0) == 3);
  CHECK(parsed->id(1) == 7);
  CHECK(parsed->at(2) == "hang-up");
  CHECK(parse({"runs", "stop", "3", "7"})->at(2).empty());
  CHECK(parse({"carrier"})->what->name == "carrier");
  CHECK(parse({"carrier", "pace", "0.5"})->at(0) == "0.5");
  CHECK(parse({"watch", "business", "slots", "3"})->values == words{"business", "slots", "3"});
}

TEST_CASE("what is wrong is named, with what would be right") {
  CHECK(holds(why_not({"runs", "stop", "3"}), "RUN is missing: runs stop BUSINESS RUN [hang-up]"));
  CHECK(holds(why_not({"runs", "stop", "x", "7"}), "BUSINESS is a number"));
  CHECK(holds(why_not({"runs", "stop", "0", "7"}), "BUSINESS is a number"));
  CHECK(holds(why_not({"runs", "stop", "3", "7", "hangup"}), "one of: hang-up"));
  CHECK(holds(why_not({"server", "now"}), "'now' is too much"));
  CHECK(holds(why_not({"runs"}), "runs list, runs show"));
  CHECK(holds(why_not({"bussiness", "slots", "1"}), "do you mean 'business slots'?"));
  CHECK(holds(why_not({"xyzzyplugh"}), "'help' lists all commands"));
  CHECK(holds(why_not({"carrier", "pace", "fast"}), "CALLS_PER_SECOND is a number"));
  CHECK(holds(why_not({"carrier", "pace", "-1"}), "CALLS_PER_SECOND is a number"));
  CHECK(holds(why_not({"business", "set-slots", "3", "2.5"}), "SLOTS is a whole number"));
  CHECK(holds(why_not({}), "help"));
}

TEST_CASE("a name of two words in quotes is no command") {
  for (const auto* name : {"database accept", "carrier pace", "runs stop"}) {
    const auto parsed = parse({name});
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().message.find("there is no command") != std::string::npos);
  }
}

TEST_CASE("completion offers commands, then their second words, then choices") {
  CHECK(complete({}, "bus").words == words{"business"});
  CHECK(complete({"runs"}, "").words == words{"list", "pause", "resume", "show", "stop"});
  CHECK(complete({"watch", "runs"}, "l").words == words{"list"});
  CHECK(complete({"log", "level"}, "d").words == words{"debug"});
  const auto id = complete({"runs", "show", "3"}, "");
  CHECK(id.wants_value);
  CHECK(id.wanted == word_kind::run);
  CHECK(complete({"nonsense"}, "").words.empty());
}

TEST_CASE("ids that were seen in answers complete, and so do names") {
  known_ids seen;
  const auto of = [&](word_kind kind, const char* part) {
    words all;
    for (const auto& one : seen.of(kind, part))
      all.push_back(one.about.empty() ? one.word : one.word + " " + one.about);
    return all;
  };
  seen.learn(*parse({"business", "find"}),
             json::parse(R"({"items":[{"id":3,"name":"Big Top"},{"id":31,"name":"Circus"}]})"));
  seen.learn(*parse({"business", "slots", "3"}),
             json::parse(R"({"items":[{"job_id":40,"run_id":7},{"job_id":null,"run_id":null}]})"));
  CHECK(of(word_kind::business, "3") == words{"3 Big Top", "31 Circus"});
  CHECK(of(word_kind::business, "CIRC") == words{"31 Circus"});
  CHECK(of(word_kind::business, "to") == words{"3 Big Top"});
  CHECK(of(word_kind::business, "clown").empty());
  CHECK(of(word_kind::job, "") == words{"40"});
  CHECK(of(word_kind::run, "8").empty());
  // Those of another business are not offered.
  seen.learn(*parse({"runs", "list", "31"}), json::parse(R"({"items":[{"id":9,"name":"Gala"}]})"));
  CHECK(seen.of(word_kind::run, "", "31").size() == 1);
  CHECK(seen.of(word_kind::run, "", "3").size() == 1);
  CHECK(of(word_kind::run, "") == words{"7", "9 Gala"});
  CHECK(of(word_kind::text, "").empty());
  CHECK(complete({"actors"}, "bu").words == words{"bulk_store", "business_supervisor"});
}

TEST_CASE("every command can be found, is told of in help, and its words are its own") {
  std::set<std::string> names;
  const auto all = help_on("");
  for (const auto& one : commands()) {
    INFO(one.name);
    CHECK(names.insert(one.name).second);
    CHECK(find_command(one.name) == &one);
    CHECK(holds(all, usage_of(one)));
    CHECK(holds(help_on(one.name), one.does));
    CHECK_FALSE(one.does.empty());
    // Only the last ones may be left out.
    bool optional = false;
    for (const auto& parameter : one.takes) {
      CHECK((!optional || parameter.optional));
      optional = optional || parameter.optional;
    }
  }
  CHECK(holds(help_on("runs"), "runs pause BUSINESS RUN"));
  CHECK(holds(help_on("nothing"), "there is no command"));
}
