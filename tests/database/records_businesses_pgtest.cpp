#include "tests/support/database_records.hpp"

using namespace ringmaster;
using namespace ringmaster::test;

TEST_CASE("a business is made with its slots and its key") {
  recorded_world x;
  const auto made = x.make_business("+18001", 4);
  CHECK(x.slots() == 4);
  const auto key = x.api.find_key(std::string(31, '\x01') + "1");
  REQUIRE(key);
  CHECK(key->business == made.id);
  CHECK(key->role == key_role::admin); // whoever has it makes the others
  CHECK(x.api.business(made.id)->name == "Acme");
  CHECK(x.api.business(business_id{999}).error().kind == failure_kind::not_found);

  business_record again = made;
  const auto refused = x.api.create_business(again, std::string(32, 'z'), at(0));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == failure_kind::conflict);
  CHECK(refused.error().code == "phone_taken");
}

TEST_CASE("unknown and revoked keys are not found, and of the others it is told when they end") {
  recorded_world x;
  const auto key = std::string(31, '\x01') + "1";
  CHECK(x.api.find_key(key).error().kind == failure_kind::not_found);
  x.make_business("+18001");
  CHECK(x.api.find_key(key));
  x.base.sql("UPDATE api_keys SET expires_at = '2020-01-01 00:00:00+00'");
  CHECK(x.api.find_key(key)->expires_at == time_point{seconds{1'577'836'800}});
  x.base.sql("UPDATE api_keys SET expires_at = NULL, revoked_at = now()");
  CHECK(x.api.find_key(key).error().kind == failure_kind::not_found);
}

TEST_CASE("what is set in a change is changed, and slots follow the limit") {
  recorded_world x;
  const auto made = x.make_business("+18001", 3);
  x.make_business("+18002");
  x.base.sql("DELETE FROM call_slots WHERE business_id <> " + std::to_string(made.id.value));
  business_change change;
  change.max_outbound_calls = 5;
  change.default_script = R"({"say": {"text": "Hi"}})";
  CHECK(x.api.change_business(made.id, change)->max_outbound_calls == 5);
  CHECK(x.slots() == 5);
  CHECK(x.api.business(made.id)->name == "Acme");

  // A slot that holds a call stays until the call has ended.
  batch_store store{x.base};
  const auto run = x.base.add_run(made.id, x.base.add_leads(made.id, 1));
  store.ask(claim(made.id, run, x.base.jobs_of(run)[0], 5, 1));
  change = {};
  change.max_outbound_calls = 1;
  change.default_script = "";
  REQUIRE(x.api.change_business(made.id, change));
  CHECK(x.base.text("SELECT string_agg(slot::text, ',' ORDER BY slot) FROM call_slots") == "1,5");
  CHECK(x.api.business(made.id)->default_script.empty());

  change = {};
  change.phone = phone_number{"+18002"};
  CHECK(x.api.change_business(made.id, change).error().code == "phone_taken");
  change = {};
  change.suspended = true;
  CHECK(x.api.change_business(made.id, change)->suspended);
}

TEST_CASE("a changed caller ID is remembered among the former ones") {
  recorded_world x;
  auto made = x.make_business("+18005550001");
  business_change change;
  for (const char* number : {"+18005550002", "+18005550002", "+18005550003"}) {
    change.phone = phone_number{number};
    REQUIRE(x.api.change_business(made.id, change));
  }
  CHECK(x.base.text("SELECT array_to_string(former_phones, ' ') FROM businesses") ==
        "+18005550001 +18005550002");
}

TEST_CASE("businesses are listed in pages, and a strange cursor is refused") {
  recorded_world x;
  for (const auto* number : {"+18001", "+18002", "+18003"})
    x.make_business(number);
  auto page = x.api.businesses("", 2, "");
  CHECK(page->items.size() == 2);
  page = x.api.businesses("", 2, page->next_cursor);
  CHECK(page->items.size() == 1);
  CHECK(page->next_cursor.empty());
  CHECK(x.api.businesses("18002", 9, "")->items.size() == 1);
  CHECK(x.api.businesses("100%", 9, "")->items.empty());
  for (const auto* bad : {"x", "b", "b1x", "l1", "b1.2", "b99999999999999999999"})
    CHECK(x.api.businesses("", 9, bad).error().code == "bad_cursor");
}

TEST_CASE("an idempotency key gives the first answer again") {
  recorded_world x;
  using kind = idempotency_state::kind;
  const business_id admin;
  const auto reserve = [&](const std::string& body, std::int64_t seconds = 0) {
    return *x.api.reserve_idempotency(admin, "key", body, at(seconds));
  };
  CHECK(reserve("body").what == kind::fresh);
  CHECK(reserve("body").what == kind::unfinished);
  CHECK(reserve("other").what == kind::other_body);
  REQUIRE(x.api.drop_idempotency(admin, "key"));
  CHECK(reserve("body").what == kind::fresh);
  REQUIRE(x.api.keep_answer(admin, "key", {201, "{\"a\":1}"}));
  const auto again = reserve("body");
  CHECK(again.what == kind::answered);
  CHECK(again.answer.status == 201);
  CHECK(again.answer.body == "{\"a\":1}");
  REQUIRE(x.api.drop_idempotency(admin, "key")); // an answered one stays
  CHECK(reserve("body").what == kind::answered);
  CHECK(x.api.reserve_idempotency(business_id{7}, "key", "body", at(0))->what == kind::fresh);
  CHECK(reserve("body", 8 * 86'400).what == kind::fresh); // a week later it is forgotten
}

TEST_CASE("records reconnect when their session was cut, and say when there is no database") {
  recorded_world x;
  REQUIRE(x.api.ping());
  x.base.cut_sessions("ringmaster api");
  CHECK(x.api.ping());
  const auto nowhere = db::make_records_factory("host=127.0.0.1 port=1 dbname=none")();
  CHECK(nowhere->ping().error().kind == failure_kind::unavailable);
  CHECK(nowhere->business(business_id{1}).error().kind == failure_kind::unavailable);
}
