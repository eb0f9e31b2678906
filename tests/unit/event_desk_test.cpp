// Who may look on when many do. (What a stream tells: tests/api/events_test.cpp.)
#include "net/api/event_desk.hpp"

#include <catch2/catch.hpp>

namespace ringmaster::test {

TEST_CASE("who looks on with many streams shuts out nobody else") {
  net::api::desk_settings settings;
  settings.most_streams = 100;
  const auto desk = std::make_shared<net::api::event_desk>(settings, event_feed_actor{},
                                                           [] { return time_point{}; });
  std::vector<std::shared_ptr<net::chunk_source>> open;
  const auto opens = [&](std::int64_t business) {
    auto stream = desk->open(business_id{business}, "", 1);
    if (stream) open.push_back(*stream);
    return bool(stream);
  };
  while (opens(1)) {
  }
  CHECK(open.size() == 50);
  for (int i = 0; i < 5; ++i)
    CHECK(opens(2));
  CHECK_FALSE(opens(2));
  CHECK(opens(3));
  open.clear();
  CHECK(desk->streams() == 0);
  CHECK(opens(1));
  open.clear();
}

} // namespace ringmaster::test
