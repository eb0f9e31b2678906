#include "actors/call_texts.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <random>
#include <string>

using namespace ringmaster;

TEST_CASE("nothing is empty, and what is named at first is there") {
  CHECK(sizeof(call_texts) == sizeof(void*));
  CHECK(call_texts{}.get(call_texts::notes).empty());
  const call_texts texts{{call_texts::phone, "+14155550142"}, {call_texts::notes, "calls back"}};
  CHECK(texts.get(call_texts::phone) == "+14155550142");
  CHECK(texts.get(call_texts::notes) == "calls back");
  CHECK(texts.get(call_texts::sid).empty());
}

TEST_CASE("each text is what it was set to last, whatever became of the others") {
  std::mt19937 random(3);
  call_texts texts;
  std::map<int, std::string> expected;
  for (int step = 0; step < 2'000; ++step) {
    const auto which = static_cast<int>(random() % 8);
    expected[which] = std::string(random() % 200, static_cast<char>(random()));
    texts.set(static_cast<call_texts::part>(which), expected[which]);
    for (int part = 0; part < 8; ++part)
      REQUIRE(texts.get(static_cast<call_texts::part>(part)) == expected[part]);
  }
}

TEST_CASE("a text may be made of one that is there") {
  call_texts texts{{call_texts::course, "slot 1;post +2"}, {call_texts::notes, "n"}};
  texts.set(call_texts::notes, texts.get(call_texts::course).substr(5));
  CHECK(texts.get(call_texts::notes) == "1;post +2");
  CHECK(texts.get(call_texts::course) == "slot 1;post +2");
}
