#include "net/console/event_texts.hpp"
#include "net/console/layouts.hpp"
#include "net/console/table.hpp"

#include <catch2/catch.hpp>

#include <sstream>

using namespace ringmaster::net::console;

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    lines.push_back(line);
  return lines;
}

table names_and_numbers() {
  table what;
  what.columns = {{"ID", true, false}, {"NAME", false, true}, {"STATE", false, false}};
  what.rows = {{{"1", {}}, {"Acme", {}}, {"free", {}}},
               {{"12", {}}, {"A business with a long name", {}}, {"calling", {}}}};
  return what;
}

} // namespace

TEST_CASE("columns are aligned, numbers to the right") {
  CHECK(lay_out(names_and_numbers(), 80, false) == "ID  NAME                         STATE\n"
                                                   " 1  Acme                         free\n"
                                                   "12  A business with a long name  calling\n");
}

TEST_CASE("a table that is too wide cuts the columns that may be cut, and fits") {
  const auto text = lay_out(names_and_numbers(), 30, false);
  for (const auto& line : lines_of(text))
    CHECK(width_of(line) <= 30);
  CHECK(text.find("A business with …") != std::string::npos);
  CHECK(text.find("calling") != std::string::npos);
}

TEST_CASE("width counts what a terminal shows, not bytes") {
  CHECK(width_of("שלום") == 4);
  CHECK(width_of("日本") == 4);
  CHECK(width_of("e\xcc\x81") == 1); // a combining accent
  CHECK(cut_to("日本語", 4) == "日…");
  CHECK(cut_to("abc", 3) == "abc");
  CHECK(cut_to("abcd", 3) == "ab…");
}

TEST_CASE("text from outside can't move the cursor or turn the line around") {
  CHECK(harmless("a\x1b[2Jb\nc\x7f") == "a?[2Jb?c?");
  CHECK(harmless("x\xe2\x80\xaey") == "x?y"); // right-to-left override
  CHECK(harmless("bad \xff utf") == "bad ? utf");
  const auto shown = show("business find",
                          json::parse(R"({"items":[{"id":1,"name":"\u001b[31m"}]})"), {80, false});
  CHECK(shown.find('\x1b') == std::string::npos);
}

TEST_CASE("colours stand around the padded text, so that columns stay aligned") {
  table what;
  what.columns = {{"A", false, false}, {"B", false, false}};
  what.rows = {{{"x", tone::bad}, {"y", {}}}};
  CHECK(lines_of(lay_out(what, 80, true))[1] == "\x1b[31mx\x1b[0m  y");
  CHECK(lay_out(what, 80, false).find('\x1b') == std::string::npos);
}

TEST_CASE("an empty list says so, a longer one says that there is more") {
  CHECK(show("doubts", json::parse(R"({"doubts":[]})"), {}) == "no call is in doubt\n");
  const auto more =
      show("runs list",
           json::parse(R"({"items":[{"id":7,"status":"running"}],"next_cursor":"r7"})"), {});
  CHECK(more.find("and more") != std::string::npos);
  CHECK(more.find("running") != std::string::npos);
}

TEST_CASE("an answer without a layout is names and values, inner ones with their path") {
  const auto text = show("server", json::parse(R"({"version":"1","checks":{"carrier":"ok"}})"), {});
  CHECK(lines_of(text)[0] == "version         1");
  CHECK(lines_of(text)[1] == "checks.carrier  ok");
}

TEST_CASE("events are read from the stream whole, comments are passed over") {
  event_reader reader;
  reader.feed(": alive\n\nevent: job\nid: 5-2\nda");
  auto comment = reader.next();
  REQUIRE(comment);
  CHECK(comment->data.is_null());
  CHECK_FALSE(reader.next());
  reader.feed("ta: {\"job_id\":4}\n\n");
  const auto event = reader.next();
  REQUIRE(event);
  CHECK(event->name == "job");
  CHECK(event->id == "5-2");
  CHECK(event->data["job_id"] == 4);
  CHECK(show_event({{"event", "job"}, {"data", event->data}}, {}) == "job job_id=4\n");
}
