#include "net/api/lane.hpp"

#include <catch2/catch.hpp>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/spdlog.h>

#include <future>

namespace ringmaster::test {

using net::api::lane;
using net::api::lane_job;

TEST_CASE("a business that asks for much waits for itself") {
  // Without a database each job is refused when its turn comes, which is all that matters here.
  lane one(
      {"test", 1, 8, 1000}, []() -> std::unique_ptr<records> { throw std::runtime_error("none"); },
      std::make_shared<spdlog::logger>("none", std::make_shared<spdlog::sinks::null_sink_mt>()));
  std::promise<void> begun, go_on, over;
  const auto job = [](std::int64_t whose, std::size_t bytes, std::function<void()> then) {
    return lane_job{[](auto&) {}, [then = std::move(then)](const failure&) { then(); }, bytes,
                    business_id{whose}};
  };
  REQUIRE(one.submit(job(1, 0, [&] {
    begun.set_value();
    go_on.get_future().wait();
  })));
  begun.get_future().wait();

  std::string turns; // the lane's one thread alone writes it
  const auto ask = [&](std::int64_t whose, std::size_t bytes = 0) {
    return one.submit(job(whose, bytes, [&turns, &over, whose] {
      turns += std::to_string(whose);
      if (turns.size() == 8) over.set_value();
    }));
  };
  CHECK(ask(1));
  CHECK_FALSE(ask(1, 751)); // of the bytes, too, a quarter is for others
  for (int i = 1; i < 6; ++i)
    CHECK(ask(1));
  CHECK_FALSE(ask(1));
  CHECK(ask(2, 750));
  CHECK(ask(2));
  CHECK_FALSE(ask(3)); // full
  CHECK(one.waiting() == 8);
  go_on.set_value();
  over.get_future().wait();
  CHECK(turns == "12121111");
  CHECK(one.waiting() == 0);
}

TEST_CASE("a business never has all threads of a lane, and nobody sleeps over work") {
  lane two(
      {"test", 2, 8, 1000}, []() -> std::unique_ptr<records> { throw std::runtime_error("none"); },
      std::make_shared<spdlog::logger>("none", std::make_shared<spdlog::sinks::null_sink_mt>()));
  const auto job = [](std::int64_t whose, std::function<void()> then) {
    return lane_job{[](auto&) {}, [then = std::move(then)](const failure&) { then(); }, 0,
                    business_id{whose}};
  };
  std::promise<void> begun, go_on, others, servers, last;
  REQUIRE(two.submit(job(1, [&] {
    begun.set_value();
    go_on.get_future().wait();
  })));
  begun.get_future().wait();
  bool still_held = true; // written behind what it must come after
  REQUIRE(two.submit(job(1, [&] {
    CHECK_FALSE(still_held);
    last.set_value();
  })));
  REQUIRE(two.submit(job(2, [&] { others.set_value(); })));
  others.get_future().wait();
  REQUIRE(two.submit(job(0, [&] { servers.set_value(); })));
  servers.get_future().wait();
  CHECK(two.waiting() == 1);
  still_held = false;
  go_on.set_value();
  last.get_future().wait();
}

} // namespace ringmaster::test
