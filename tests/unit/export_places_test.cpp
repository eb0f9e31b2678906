#include "net/api/export_places.hpp"

#include <catch2/catch.hpp>

namespace ringmaster::test {

using net::api::export_places;

TEST_CASE("one business has at most half of the places for exports") {
  export_places places(8);
  const business_id greedy{1}, modest{2};
  for (int i = 0; i < 4; ++i)
    CHECK(places.enter(greedy));
  CHECK_FALSE(places.enter(greedy));
  for (int i = 0; i < 4; ++i)
    CHECK(places.enter(modest));
  CHECK_FALSE(places.enter(business_id{3}));
  places.leave(greedy);
  CHECK(places.enter(business_id{3}));
  places.leave(modest);
  CHECK(places.enter(greedy));
}

TEST_CASE("a single place for exports is everybody's") {
  export_places places(1);
  CHECK(places.enter(business_id{1}));
  CHECK_FALSE(places.enter(business_id{2}));
  places.leave(business_id{1});
  CHECK(places.enter(business_id{2}));
}

} // namespace ringmaster::test
