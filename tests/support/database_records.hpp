// What the tests of the records share: a database, the records, quick ways to fill them.
#pragma once

#include "db/records_pg.hpp"
#include "tests/support/database_store.hpp"

#include <catch2/catch.hpp>

namespace ringmaster::test {

struct recorded_world {
  recorded_world() : owned(db::make_records_factory(base.url())()), api(*owned) {}

  business_record make_business(const std::string& number, int slots = 3) {
    business_record wanted;
    wanted.name = "Acme";
    wanted.phone = phone_number{number};
    wanted.max_outbound_calls = slots;
    wanted.time_zone = "UTC";
    wanted.region = "US";
    const auto made = api.create_business(wanted, std::string(31, '\x01') + number.back(), at(0));
    REQUIRE(made);
    return *made;
  }
  created_run make_run(business_id business, std::vector<lead_id> leads) {
    new_run wanted;
    wanted.selection.leads = std::move(leads);
    const auto made = api.create_run(business, wanted, at(0));
    REQUIRE(made);
    return *made;
  }
  std::int64_t slots() { return base.number("SELECT count(*) FROM call_slots"); }

  database base;
  std::unique_ptr<records> owned;
  records& api;
};

inline lead_row row(std::int64_t number, const std::string& phone, const std::string& external = "",
                    const std::string& name = "") {
  lead_row x;
  x.row = number;
  x.phone = phone_number{phone};
  if (!external.empty()) x.external_id = external;
  if (!name.empty()) x.first_name = name;
  return x;
}

} // namespace ringmaster::test
