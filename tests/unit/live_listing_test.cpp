#include "actors/live_listing.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;

TEST_CASE("a listing reads the live states in the order of a call's life, page by page") {
  live_listing listing{3};
  CHECK_FALSE(listing.pays(2));
  REQUIRE(listing.pays(3));
  listing.begin();
  CHECK_FALSE(listing.pays(100)); // one at a time
  CHECK(listing.status() == carrier_status::queued);
  CHECK(listing.page().empty());
  CHECK(listing.read(1, 99, "/second"));
  CHECK(listing.status() == carrier_status::queued);
  CHECK(listing.page() == "/second");
  CHECK(listing.read(0, 99, ""));
  CHECK(listing.status() == carrier_status::ringing);
  CHECK(listing.page().empty());
  CHECK(listing.read(2, 97, ""));
  CHECK(listing.status() == carrier_status::in_progress);
  CHECK_FALSE(listing.read(97, 0, ""));
  CHECK_FALSE(listing.is_open());
  CHECK(listing.pages() == 4);
  CHECK(listing.answered() == 100);
}

TEST_CASE("a listing is worth it only where it costs less than asking one by one") {
  live_listing listing{3};
  listing.begin();
  int pages = 1;
  while (listing.read(0, 5, "/and so on"))
    ++pages;
  CHECK(pages == 5); // an account with many more calls than ours
  CHECK_FALSE(listing.pays(9));
  CHECK(listing.pays(10));
  CHECK_FALSE(live_listing{0}.pays(1'000'000)); // not wanted
}

TEST_CASE("a listing goes on while more is asked for than it was begun with") {
  live_listing listing{3};
  listing.begin();
  for (int page = 0; page < 50; ++page)
    REQUIRE(listing.read(500, 30'000, "/and so on"));
}

TEST_CASE("a page that can't be had is asked for again, a few times; one that is refused is not") {
  live_listing listing{3};
  listing.begin();
  listing.read(0, 99, "/second");
  for (int i = 0; i < 3; ++i)
    CHECK(listing.failed(false));
  CHECK(listing.page() == "/second");
  CHECK(listing.read(0, 99, "/third")); // it was had: counted anew
  for (int i = 0; i < 3; ++i)
    CHECK(listing.failed(false));
  CHECK_FALSE(listing.failed(false));
  CHECK_FALSE(listing.is_open());
  listing.begin();
  CHECK_FALSE(listing.failed(true));
  CHECK_FALSE(listing.is_open());
}
