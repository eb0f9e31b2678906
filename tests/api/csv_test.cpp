#include "net/api/csv_import.hpp"
#include "net/api/csv_reader.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;
using namespace ringmaster::net::api;

namespace {

lead_batch imported(std::string_view text) {
  auto batch = read_lead_csv(text, "IL");
  if (!batch) FAIL(batch.error().message);
  return *batch;
}

failure refused(std::string_view text) {
  auto batch = read_lead_csv(text, "IL");
  REQUIRE_FALSE(batch);
  return batch.error();
}

std::string exported(const csv_cells& cells) {
  std::string text;
  append_csv_row(text, cells);
  return text;
}

} // namespace

TEST_CASE("columns are found in any order and case, in English and Hebrew") {
  const auto english =
      imported("Notes,LAST name,Phone Number,first-name\nhi,Levi,0501234567,Dana\n");
  REQUIRE(english.rows.size() == 1);
  CHECK(english.rows[0].row == 1);
  CHECK(english.rows[0].phone.value == "+972501234567");
  CHECK(english.rows[0].first_name == "Dana");
  CHECK(english.rows[0].last_name == "Levi");
  CHECK(english.rows[0].notes == "hi");
  CHECK_FALSE(english.rows[0].external_id);

  const auto hebrew = imported("\xEF\xBB\xBFשם פרטי;שם משפחה;\u200Fטלפון;מזהה;אזור זמן;הערות\r\n"
                               "דנה;לוי;050-1234567;a7;Asia/Jerusalem;מנכ\"ל\r\n");
  REQUIRE(hebrew.rows.size() == 1);
  CHECK(hebrew.rows[0].first_name == "דנה");
  CHECK(hebrew.rows[0].last_name == "לוי");
  CHECK(hebrew.rows[0].external_id == "a7");
  CHECK(hebrew.rows[0].time_zone == "Asia/Jerusalem");
  CHECK(hebrew.rows[0].notes == "מנכ\"ל");
}

TEST_CASE("a full name is split at its last space") {
  const auto batch = imported("phone\tname\n0501234567\tAnna Maria Levi\n0501234568\tCher\n");
  REQUIRE(batch.rows.size() == 2);
  CHECK(batch.rows[0].first_name == "Anna Maria");
  CHECK(batch.rows[0].last_name == "Levi");
  CHECK(batch.rows[1].first_name == "Cher");
  CHECK_FALSE(batch.rows[1].last_name);
}

TEST_CASE("quotes hold separators, line ends and quotes") {
  const auto batch = imported("phone,notes,name\r\n"
                              "\"050,1234567\",x,y\r\n"
                              "0501234567,\"one, \"\"two\"\"\r\nthree\",\"Levi, Dana\"\r\n\r\n"
                              "0501234568,plain,\n");
  REQUIRE(batch.rows.size() == 2);
  CHECK(batch.rows[0].row == 2);
  CHECK(batch.rows[0].notes == "one, \"two\"\r\nthree");
  CHECK(batch.rows[1].row == 4);
  REQUIRE(batch.errors.size() == 1);
  CHECK(batch.errors[0].row == 1);
  CHECK(batch.errors[0].field == "phone");
}

TEST_CASE("bad rows are told one by one and the good ones go in") {
  const auto batch = imported("phone,first_name,time_zone\n"
                              "12,Short,\n"
                              "0501234567,Good,\n"
                              ",Missing,\n"
                              "0501234568,Zone,Mars/Base\n"
                              "0501234569,Many,UTC,extra\n"
                              ",,\n"
                              "0501234570," +
                              std::string(101, 'x') + ",\n'0501234571,Quoted,\n");
  REQUIRE(batch.rows.size() == 2);
  CHECK(batch.rows[0].row == 2);
  CHECK(batch.rows[1].row == 8);
  CHECK(batch.bad_rows == 5);
  REQUIRE(batch.errors.size() == 5);
  CHECK(batch.errors[0].row == 1);
  CHECK(batch.errors[1].row == 3);
  CHECK(batch.errors[2].field == "time_zone");
  CHECK(batch.errors[3].row == 5);
  CHECK(batch.errors[4].field == "first_name");
}

TEST_CASE("empty lines count as rows, so that a row is found where a spreadsheet shows it") {
  for (const std::string end : {"\n", "\r\n", "\r"}) {
    INFO(static_cast<int>(end[0]) << " " << end.size());
    const auto batch =
        imported(end + "phone" + end + end + "0501234567" + end + end + end + "12" + end + end);
    REQUIRE(batch.rows.size() == 1);
    CHECK(batch.rows[0].row == 2);
    REQUIRE(batch.errors.size() == 1);
    CHECK(batch.errors[0].row == 5);
  }
}

TEST_CASE("listed errors are bounded, counted ones are not") {
  std::string text = "phone\n";
  for (int i = 0; i < 1500; ++i)
    text += "nonsense\n";
  const auto batch = imported(text);
  CHECK(batch.bad_rows == 1500);
  CHECK(batch.errors.size() == most_listed_errors);
}

TEST_CASE("unknown columns are named, weak words give way to clear ones") {
  const auto batch = imported("מספר,Phone,Shoe size,id,external_id\n1,0501234567,42,77,a7\n");
  REQUIRE(batch.rows.size() == 1);
  CHECK(batch.rows[0].external_id == "a7");
  CHECK(batch.ignored_columns == std::vector<std::string>{"מספר", "Shoe size", "id"});
  CHECK(imported("מספר\n0501234567\n").rows.size() == 1);
}

TEST_CASE("another encoding is refused with the place, never guessed") {
  const auto latin = refused("phone,name\n0501234567,Jos\xE9\n");
  CHECK(latin.code == "not_utf8");
  CHECK(latin.message.find("line 2") != std::string::npos);
  CHECK(latin.message.find("byte 26") != std::string::npos);
  CHECK(refused("phone,\xF9\xED\n0501234567,x\n").code == "not_utf8"); // Windows-1255
  CHECK(refused(std::string("\xFF\xFEp\0h\0", 6)).code == "not_utf8");
  CHECK(refused(std::string("phone\n05\0", 9)).code == "not_utf8");
}

TEST_CASE("what is no list of leads is refused as a whole") {
  CHECK(refused("").code == "no_rows");
  CHECK(refused("phone\n").code == "no_rows");
  CHECK(refused("name,notes\na,b\n").code == "phone_column_missing");
  CHECK(refused("phone,mobile\n1,2\n").code == "duplicate_column");
  CHECK(refused("phone,name\n0501234567,\"never closed\n0501234568,x\n").code == "malformed_csv");
  CHECK(refused("{\"leads\":[]}\n").code == "phone_column_missing");
  CHECK(refused(std::string(500, 'x') + "\nphone\n").code == "too_long");
}

TEST_CASE("a hundred thousand rows are read") {
  std::string text = "phone,name,external_id\n";
  for (int i = 0; i < 100'000; ++i)
    text += "+97250" + std::to_string(1'000'000 + i) + ",First Last," + std::to_string(i) + "\n";
  const auto batch = imported(text);
  CHECK(batch.rows.size() == 100'000);
  CHECK(batch.rows.back().phone.value == "+972501099999");
}

TEST_CASE("a CSV is read batch by batch, and what is wrong at its end is found there") {
  std::string text = "phone,shoe size\n";
  for (int i = 0; i < 24'000; ++i)
    text += "+97250" + std::to_string(1'000'000 + i) + ",42\n";
  for (const bool broken : {false, true}) {
    const auto whole = text + "12,\n" + (broken ? "\"never closed" : "");
    auto reader = open_lead_csv(whole, "IL");
    REQUIRE(reader);
    std::size_t rows = 0, batches = 0;
    auto batch = (*reader)->next();
    for (; batch && !batch->empty(); batch = (*reader)->next()) {
      CHECK(batch->front().row == static_cast<std::int64_t>(rows) + 1);
      rows += batch->size();
      ++batches;
    }
    CHECK(batches > 1);
    CHECK(static_cast<bool>(batch) == !broken);
    if (broken) continue;
    CHECK(rows == 24'000);
    CHECK((*reader)->told().bad_rows == 1);
    CHECK((*reader)->told().ignored_columns == std::vector<std::string>{"shoe size"});
    (*reader)->rewind();
    CHECK((*reader)->next()->front().row == 1);
  }
}

TEST_CASE("leads in a JSON array follow the same rules") {
  const auto read = [](const char* text) {
    return read_lead_array(nlohmann::json::parse(text), "IL");
  };
  const auto batch = read(R"([{"phone_e164":"0501234567","name":"Dana Levi"},{"phone":"12"},{}])");
  REQUIRE(batch);
  REQUIRE(batch->rows.size() == 1);
  CHECK(batch->rows[0].last_name == "Levi");
  CHECK(batch->bad_rows == 2);
  CHECK(batch->errors[0].row == 2);
  CHECK(read("{}").error().code == "wrong_type");
  CHECK(read("[]").error().code == "no_rows");
  CHECK(read("[7]").error().field == "[0]");
  CHECK(read(R"([{"phone":"0501234567"},{"phone":7}])").error().field == "[1].phone");
  CHECK(read(R"([{"phone":"0501234567","frist_name":"x"}])").error().code == "unknown_field");
}

TEST_CASE("exported cells can't run as formulas and come back whole") {
  CHECK(exported({"a", "b c", ""}) == "a,b c,\r\n");
  CHECK(exported({"=1+1", "+1", "-2", "@x"}) == "'=1+1,+1,'-2,'@x\r\n");
  CHECK(exported({"+972501234567", "+1-2", "+"}) == "+972501234567,'+1-2,'+\r\n");
  CHECK(exported({"\tx", "\rx", "\nx"}) == "\"'\tx\",\"'\rx\",\"'\nx\"\r\n");
  // Who drops the mark may drop the blanks behind it, too.
  CHECK(exported({"\xEF\xBB\xBF =1"}) == "'\xEF\xBB\xBF =1\r\n");
  CHECK(exported({"\xEF\xBB\xBF=1", "\xEF\xBB\xBF"
                                    "a"}) == "'\xEF\xBB\xBF=1,\xEF\xBB\xBF"
                                             "a\r\n");
  CHECK(exported({" a", "b ", " "}) == "\" a\",\"b \",\" \"\r\n");
  CHECK(exported({"＝1+1", "＠x", "－2", "＋1", "שלום", "，"}) ==
        "'＝1+1,'＠x,'－2,'＋1,שלום,，\r\n");
  CHECK(exported({"say \"hi\"", "a,b", "a\nb", "x;y"}) ==
        "\"say \"\"hi\"\"\",\"a,b\",\"a\nb\",\"x;y\"\r\n");
  CHECK(exported({"=HYPERLINK(\"http://x\",\"y\")"}) ==
        "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"\r\n");
}
