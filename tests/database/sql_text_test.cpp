#include "db/sql_text.hpp"
#include "tests/support/database.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;
using namespace ringmaster::db;
using namespace std::string_literals;

TEST_CASE("arrays come back from PostgreSQL as they went in") {
  test::database base;
  const std::vector<std::string> texts = {"",       "NULL",  "a,b",        "{}",      "\"quoted\"",
                                          "back\\", "\\\"",  " spaces ",   "שלום",    "line\nbreak",
                                          "tab\t",  "'; --", "{\"a\",\\}", "\\x00ff", "é"};
  sql_array array;
  for (const auto& each : texts)
    array.add(each);
  array.add_null();
  pqxx::connection session{base.url()};
  pqxx::work in{session};
  const auto rows = in.exec_params("SELECT * FROM unnest($1::text[])", array.str());
  REQUIRE(rows.size() == texts.size() + 1);
  for (std::size_t i = 0; i < texts.size(); ++i)
    CHECK(rows[static_cast<int>(i)][0].as<std::string>() == texts[i]);
  CHECK(rows[static_cast<int>(texts.size())][0].is_null());
}

TEST_CASE("ids and optional values become numbers or NULL") {
  sql_array array;
  array.add(job_id{7}).add(job_id{}).add(true).add(call_sid{}).add(std::optional<std::int64_t>{});
  CHECK(array.str() == "{7,NULL,t,NULL,NULL}");
  CHECK(sql_array{}.str() == "{}");
}

TEST_CASE("times keep their microseconds") {
  for (const std::int64_t micros :
       {0LL, 1LL, 999'999LL, 1'700'000'000'123'456LL, -1LL, -86'400'000'001LL,
        951'782'400'000'000LL /* 29 February 2000 */, 4'102'444'799'999'999LL}) {
    const time_point at{microseconds{micros}};
    CHECK(time_from_sql(to_sql(at)) == at);
  }
  CHECK(to_sql(time_point{}) == "1970-01-01 00:00:00.000000+00");
  CHECK(time_from_sql("2000-02-29 23:59:59.5+00") == time_point{microseconds{951'868'799'500'000}});
  CHECK(to_sql(time_point::max()) == "9999-12-31 23:59:59.999999+00");
  CHECK(to_sql(time_point::min()) == "0001-01-01 00:00:00.000000+00");
}

TEST_CASE("text is made safe and cut between characters") {
  CHECK(clean_text("plain", 10) == "plain");
  CHECK(clean_text("a\0b"s, 10) == "a?b");
  CHECK(clean_text("\xff\xfe", 10) == "??");
  CHECK(clean_text("שלום", 5) == "של");
  CHECK(clean_text("\xed\xa0\x80", 10) == "???"); // a surrogate
  CHECK(clean_text("\xc0\xaf", 10) == "??");      // an overlong form
  CHECK(clean_text("\xf0\x9f\x98\x80", 10) == "\xf0\x9f\x98\x80");
  CHECK(clean_text("\xf0\x9f\x98", 10) == "???");
}

TEST_CASE("wildcards in a search are taken literally") {
  CHECK(like_escaped("50%_\\") == "50\\%\\_\\\\");
}
