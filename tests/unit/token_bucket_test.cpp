#include "net/api/bucket_shelf.hpp"
#include "net/api/request_limits.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;
using namespace ringmaster::net::api;

namespace {

constexpr bucket_size ten_a_second{10, 5};

time_point at(std::int64_t ms) {
  return time_point{std::chrono::hours{500'000}} + milliseconds{ms};
}

int taken(token_bucket& bucket, time_point now, int wanted) {
  int got = 0;
  for (int i = 0; i < wanted; ++i)
    got += bucket.take(ten_a_second, now) ? 0 : 1;
  return got;
}

} // namespace

TEST_CASE("a bucket gives its burst at once, then one token in each interval") {
  token_bucket bucket;
  CHECK(taken(bucket, at(0), 9) == 5);
  CHECK(bucket.take(ten_a_second, at(0)) == microseconds{100'000});
  CHECK(bucket.take(ten_a_second, at(60)) == microseconds{40'000});
  CHECK(taken(bucket, at(100), 9) == 1);
  CHECK(taken(bucket, at(350), 9) == 2);
  CHECK(taken(bucket, at(400), 9) == 1);
}

TEST_CASE("over a long time a bucket gives its pace, however often it is asked") {
  token_bucket bucket;
  int got = 0;
  for (int ms = 0; ms < 60'000; ms += 7)
    got += taken(bucket, at(ms), 3);
  CHECK(got >= 600);
  CHECK(got <= 605);
}

TEST_CASE("a bucket holds no more than its burst, however long nobody asked") {
  token_bucket bucket;
  CHECK(taken(bucket, at(0), 5) == 5);
  CHECK_FALSE(bucket.full(at(499)));
  CHECK(bucket.full(at(500)));
  CHECK(taken(bucket, at(3'600'000), 99) == 5);
}

TEST_CASE("to look takes nothing, and what is given back can be taken again") {
  token_bucket bucket;
  for (int i = 0; i < 20; ++i)
    CHECK_FALSE(bucket.look(ten_a_second, at(0)));
  CHECK(taken(bucket, at(0), 5) == 5);
  CHECK(bucket.look(ten_a_second, at(0)));
  bucket.give_back(ten_a_second, at(0));
  CHECK(taken(bucket, at(0), 9) == 1);
  for (int i = 0; i < 20; ++i)
    bucket.give_back(ten_a_second, at(0));
  CHECK(taken(bucket, at(0), 9) == 5);
}

TEST_CASE("a clock that is set back makes nobody wait longer than an empty bucket") {
  token_bucket bucket;
  CHECK(taken(bucket, at(3'600'000), 5) == 5);
  const auto wait = bucket.take(ten_a_second, at(0));
  REQUIRE(wait);
  CHECK(*wait <= microseconds{100'000});
  CHECK_FALSE(bucket.take(ten_a_second, at(0) + *wait + milliseconds{600}));
}

TEST_CASE("no pace is no limit") {
  token_bucket bucket;
  for (int i = 0; i < 1'000; ++i)
    CHECK_FALSE(bucket.take({0, 1}, at(0)));
}

TEST_CASE("each asker has a bucket of its own") {
  bucket_shelf<std::int64_t> shelf({1, 2}, 100);
  CHECK_FALSE(shelf.take(1, at(0)));
  CHECK_FALSE(shelf.take(1, at(0)));
  CHECK(shelf.take(1, at(0)));
  CHECK(shelf.look(1, at(0)));
  CHECK_FALSE(shelf.look(2, at(0)));
  CHECK_FALSE(shelf.take(2, at(0)));
}

TEST_CASE("a shelf stays bounded: full buckets are forgotten, others without place share one") {
  bucket_shelf<std::int64_t> shelf({1, 2}, 100);
  for (std::int64_t who = 1; who <= 100; ++who)
    CHECK_FALSE(shelf.take(who, at(0)));
  int let_in = 0;
  for (std::int64_t who = 101; who <= 200; ++who)
    let_in += shelf.take(who, at(0)) ? 0 : 1;
  CHECK(let_in == 2);
  CHECK(shelf.kept() == 100);
  CHECK_FALSE(shelf.take(50, at(0))); // who has a place keeps it
  for (std::int64_t who = 201; who <= 300; ++who)
    CHECK_FALSE(shelf.take(who, at(5'000)));
  CHECK(shelf.kept() == 100);
}

TEST_CASE("an asker is an IPv4 address or a whole IPv6 network") {
  CHECK(address_group("192.0.2.7") == "192.0.2.7");
  CHECK(address_group("::ffff:192.0.2.7") == "192.0.2.7");
  CHECK(address_group("2001:db8:1:2::3") == address_group("2001:db8:1:2:ffff::9"));
  CHECK(address_group("2001:db8:1:2::3") != address_group("2001:db8:1:3::3"));
  CHECK(address_group("nonsense") == "nonsense");
}

TEST_CASE("a business's keys have a limit together, and the server's own keys none but their own") {
  request_limits limits({{1, 2}, {1, 1}, {1, 3}});
  const business_id one{1}, other{2};
  CHECK_FALSE(limits.ask(7, one, at(0)));
  CHECK_FALSE(limits.ask(7, one, at(0)));
  CHECK(limits.ask(7, one, at(0))); // its own; takes nothing from the others
  CHECK_FALSE(limits.ask(8, one, at(0)));
  CHECK(limits.would_ask(9, one, at(0)));
  CHECK(limits.ask(9, one, at(0)));
  CHECK_FALSE(limits.ask(10, other, at(0)));
  for (int key = 20; key < 30; ++key)
    CHECK_FALSE(limits.ask(key, {}, at(0)));
  CHECK_FALSE(limits.ask(9, one, at(1000)));
  CHECK(limits.count().keys_limited == 3);
}

TEST_CASE("the admin key of the environment is never limited, others are counted") {
  request_limits limits({{1, 1}, {1, 1}});
  for (int i = 0; i < 10; ++i)
    CHECK_FALSE(limits.ask(0, {}, at(0)));
  CHECK_FALSE(limits.ask(7, {}, at(0)));
  CHECK(limits.ask(7, {}, at(0)));
  CHECK(limits.count().keys_limited == 1);
  CHECK_FALSE(limits.guess("192.0.2.7", at(0)));
  CHECK(limits.guess("192.0.2.7", at(0)));
  CHECK_FALSE(limits.guess("192.0.2.8", at(0)));
  limits.was_right("192.0.2.7", at(0));
  CHECK_FALSE(limits.guess("192.0.2.7", at(0)));
  CHECK(limits.count().addresses_limited == 1);
}
