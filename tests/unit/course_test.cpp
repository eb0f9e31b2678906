#include "actors/course.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;

namespace {

time_point at(std::int64_t us) {
  return time_point{std::chrono::hours{500'000}} + microseconds{us};
}

std::string words(const std::vector<course_step>& steps) {
  std::string text;
  for (const auto& step : steps)
    text += (text.empty() ? "" : " ") + step.what;
  return text;
}

} // namespace

TEST_CASE("a course is read as it was written, to the microsecond and back in time") {
  course way;
  way.add("slot", at(0));
  way.add("ringing", at(1'000'003), "1");
  way.add("answer", at(1'000'001), "201");
  CHECK(way.text() == "slot 1800000000000000;ringing +1000003 1;answer -2 201");
  const auto steps = read_course(way.text());
  REQUIRE(steps.size() == 3);
  CHECK(steps[0].at == at(0));
  CHECK(steps[1].at == at(1'000'003));
  CHECK(steps[1].detail == "1");
  CHECK(steps[2].what == "answer");
  CHECK(steps[2].at == at(1'000'001));
}

TEST_CASE("words from outside stay one step's") {
  course way;
  way.add("put_back", at(0), "429: slow; down\nplease");
  way.add("slot", at(1));
  const auto steps = read_course(way.text());
  REQUIRE(steps.size() == 2);
  CHECK(steps[0].detail == "429: slow, down,please");
}

TEST_CASE("a course that was stored goes on, and a long past leaves room for what comes") {
  course way;
  for (int i = 0; i < 1'000; ++i)
    way.add("put_back", at(i), std::string(200, 'x'));
  CHECK(way.text().size() <= 2'000);
  course next{way.text()};
  for (const auto* status : {"initiated", "ringing", "in-progress", "completed"})
    next.add(status, at(2'000), "9");
  const auto steps = read_course(next.text());
  CHECK(steps.size() > 4);
  CHECK(words({steps.end() - 4, steps.end()}) == "initiated ringing in-progress completed");
  CHECK(steps.back().at == at(2'000));
}

TEST_CASE("what is no course is passed over") {
  CHECK(read_course("").empty());
  CHECK(words(read_course(";;slot;x y; 5;ringing +7 1;a 99999999999999999999")) == "ringing");
}
