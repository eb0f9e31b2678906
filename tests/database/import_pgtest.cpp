// An import that comes in batches: all of it or nothing, from its first row again where it is tried
// once more, and every text as it was.
#include "tests/support/database_records.hpp"

#include <functional>

using namespace ringmaster;
using namespace ringmaster::test;

namespace {

using rows = std::vector<lead_row>;

/// Gives what `give(pass, batch)` makes, each counted from 0.
class scripted_source final : public lead_source {
public:
  explicit scripted_source(std::function<result<rows>(int pass, int batch)> give)
      : give_(std::move(give)) {}

  result<rows> next() override { return give_(pass_, batch_++); }
  void rewind() override {
    ++pass_;
    batch_ = 0;
  }

private:
  std::function<result<rows>(int, int)> give_;
  int pass_ = -1, batch_ = 0;
};

} // namespace

TEST_CASE("an import whose rows end in a failure is taken back whole") {
  recorded_world x;
  const auto b = x.make_business("+18001").id;
  scripted_source broken([](int, int batch) -> result<rows> {
    if (batch == 0) return rows{row(1, phone(1))};
    return failure{failure_kind::invalid, "malformed_csv", "never closed", ""};
  });
  CHECK(x.api.import_leads(b, broken, at(0)).error().code == "malformed_csv");
  CHECK(x.base.number("SELECT count(*) FROM leads") == 0);
}

TEST_CASE("a preview gives all batches and keeps none") {
  recorded_world x;
  const auto b = x.make_business("+18001").id;
  scripted_source source([](int, int batch) -> result<rows> {
    return batch < 3 ? rows{row(batch + 1, phone(batch))} : rows{};
  });
  CHECK(x.api.preview_import(b, source, at(0))->imported == 3);
  CHECK(x.base.number("SELECT count(*) FROM leads") == 0);
}

TEST_CASE("an import that somebody gets in the way of is tried once more, from its first row") {
  recorded_world x;
  const auto b = x.make_business("+18001").id;
  scripted_source source([&](int pass, int batch) -> result<rows> {
    if (batch == 2) return rows{};
    if (pass == 0 && batch == 1)
      x.base.sql("INSERT INTO leads (business_id, phone_e164, external_id, created_at) VALUES (" +
                 std::to_string(b.value) + ", '" + phone(7) + "', 'taken', now())");
    return rows{batch == 0 ? row(1, phone(1)) : row(2, phone(2), "taken")};
  });
  const auto done = x.api.import_leads(b, source, at(0));
  REQUIRE(done);
  CHECK(done->imported == 1);
  CHECK(done->updated == 1);
  CHECK(x.base.number("SELECT count(*) FROM leads") == 2);
  CHECK(x.base.text("SELECT phone_e164 FROM leads WHERE external_id = 'taken'") == phone(2));
}

TEST_CASE("rows of one number or name are found across batches") {
  recorded_world x;
  const auto b = x.make_business("+18001").id;
  const std::vector<rows> batches{{row(1, phone(1), "a"), row(2, phone(2))},
                                  {row(3, phone(2)), row(4, phone(1), "b")},
                                  {row(5, phone(9), "a"), row(6, phone(1))}};
  scripted_source source([&](int, int batch) -> result<rows> {
    return batch < 3 ? batches[static_cast<std::size_t>(batch)] : rows{};
  });
  const auto done = x.api.import_leads(b, source, at(0));
  REQUIRE(done);
  CHECK(done->imported == 3);
  CHECK(done->skipped == 3);
  REQUIRE(done->errors.size() == 3);
  CHECK(done->errors[0].message == "the same number as row 2");
  CHECK(done->errors[1].message == "the same external_id as row 1");
  CHECK(done->errors[2].message == "the same number as row 1");
  CHECK(done->lead_ids.size() == 3);
}

TEST_CASE("the errors of an import are bounded and in order, and all are counted") {
  recorded_world x;
  const auto b = x.make_business("+18001").id;
  rows all;
  for (int i = 1; i <= 6'000; ++i)
    all.push_back(row(i, phone(i / 2)));
  const auto done = x.api.import_leads(b, all, at(0));
  REQUIRE(done);
  CHECK(done->imported == 3'001);
  CHECK(done->skipped == 2'999);
  REQUIRE(done->errors.size() == import_summary::most_errors);
  CHECK(done->errors.front().row == 3);
  CHECK(done->errors.back().row == 2'001);
}

TEST_CASE("every text goes in as it is") {
  recorded_world x;
  const auto b = x.make_business("+18001").id;
  const std::vector<std::string> odd{"\\N", "\\.", "a\tb", "a\nb\r\nc", "\\", "'\"{},", "", "שלום"};
  rows all;
  for (std::size_t i = 0; i < odd.size(); ++i) {
    all.push_back(row(static_cast<std::int64_t>(i) + 1, phone(static_cast<std::int64_t>(i))));
    all.back().first_name = all.back().notes = odd[i];
  }
  const auto done = x.api.import_leads(b, all, at(0));
  REQUIRE(done);
  REQUIRE(done->lead_ids.size() == odd.size());
  for (std::size_t i = 0; i < odd.size(); ++i) {
    const auto lead = x.api.lead(b, done->lead_ids[i]);
    REQUIRE(lead);
    CHECK(lead->first_name == odd[i]);
    CHECK(lead->notes == odd[i]);
    CHECK(lead->last_name.empty());
  }
}

TEST_CASE("a lead that an import does not change is not written") {
  recorded_world x;
  const auto b = x.make_business("+18001").id;
  const rows all{row(1, phone(1), "a", "Ann"), row(2, phone(2), "", "Bob")};
  REQUIRE(x.api.import_leads(b, all, at(0)));
  const auto places = [&] { return x.base.text("SELECT string_agg(ctid::text, ' ') FROM leads"); };
  const auto before = places();
  CHECK(x.api.import_leads(b, all, at(1))->updated == 2);
  CHECK(places() == before);
  CHECK(x.api.import_leads(b, {row(1, phone(1), "a", "Anna")}, at(2))->updated == 1);
  CHECK(places() != before);
  CHECK(x.base.number("SELECT count(*) FROM leads WHERE first_name = 'Anna'") == 1);
}
