#include "actors/dial_token.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>
#include <vector>

using namespace ringmaster;

TEST_CASE("a token is the same behind its text") {
  const std::string text = "0f8fad5b-d9cb-469f-a165-70867728950e";
  const auto token = dial_token::from(text);
  REQUIRE(token);
  CHECK(token->text() == text);
  CHECK(*token == dial_token{0x0f8fad5bd9cb469f, 0xa16570867728950e});
  CHECK(dial_token::from("ffffffff-ffff-ffff-ffff-ffffffffffff")->text() ==
        "ffffffff-ffff-ffff-ffff-ffffffffffff");
}

TEST_CASE("tokens differ in any digit, and come in the order of their texts") {
  const std::string text = "7f8fad5b-d9cb-469f-a165-708677289507";
  std::vector<std::string> texts{text};
  std::set<dial_token> tokens{*dial_token::from(text)};
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '-') continue;
    for (const char other : {'0', 'f'}) {
      if (text[i] == other) continue;
      auto changed = text;
      changed[i] = other;
      CHECK(*dial_token::from(changed) != *dial_token::from(text));
      texts.push_back(changed);
      tokens.insert(*dial_token::from(changed));
    }
  }
  std::sort(texts.begin(), texts.end());
  REQUIRE(tokens.size() == texts.size());
  CHECK(std::equal(texts.begin(), texts.end(), tokens.begin(),
                   [](const std::string& a, const dial_token& b) { return a == b.text(); }));
}

TEST_CASE("no other text is a token") {
  const std::vector<std::string> others = {"",
                                           "0F8FAD5B-D9CB-469F-A165-70867728950E",
                                           "0f8fad5bd9cb469fa16570867728950e",
                                           "0f8fad5b-d9cb-469f-a165-70867728950",
                                           "0f8fad5b-d9cb-469f-a165-70867728950e0",
                                           "0f8fad5b-d9cb-469f-a165-70867728950g",
                                           "0f8fad5b_d9cb_469f_a165_70867728950e",
                                           "0f8fad5bd-9cb-469f-a165-70867728950e",
                                           "{f8fad5b-d9cb-469f-a165-70867728950}",
                                           " f8fad5b-d9cb-469f-a165-70867728950e",
                                           std::string(36, '\0'),
                                           std::string(36, '-'),
                                           "'; DROP TABLE leads; --             "};
  for (const auto& text : others) {
    CAPTURE(text);
    CHECK_FALSE(dial_token::from(text));
  }
}

TEST_CASE("none is no token, and none of its texts is one") {
  CHECK_FALSE(dial_token{});
  CHECK(dial_token{}.text().empty());
  CHECK_FALSE(dial_token::from("00000000-0000-0000-0000-000000000000"));
  CHECK(dial_token{0, 1});
  CHECK(dial_token{1, 0});
}
