#include "net/http/read_buffer.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <string>

using namespace ringmaster::net;

namespace {

/// As a socket does it: what fits, and no more than came. How much that was.
std::size_t receive(read_buffer& in, std::string_view& coming, std::size_t came) {
  const auto [at, size] = in.room();
  const auto put = std::min({size, came, coming.size()});
  std::copy_n(coming.begin(), put, at);
  coming.remove_prefix(put);
  in.put(put);
  return put;
}

} // namespace

TEST_CASE("it grows for whoever sends much, up to its most, and is small again afterwards") {
  read_buffer in(10'000);
  CHECK(in.room().second == read_buffer::least);
  const std::string sent(100'000, 'x');
  std::string_view coming = sent;
  std::size_t largest = 0;
  while (!coming.empty()) {
    largest = std::max(largest, receive(in, coming, sent.size()));
    in.take(in.waiting().size());
  }
  CHECK(largest == 10'000);
  in.shrink();
  CHECK(in.room().second == read_buffer::least);
}

TEST_CASE("what is not taken stays, and is all that fits when it is the most") {
  read_buffer in(5'000);
  const std::string sent(6'000, 'x');
  std::string_view coming = sent;
  while (receive(in, coming, sent.size()) > 0) {
  }
  CHECK(in.waiting().size() == 5'000);
  CHECK(in.room().second == 0);
  in.take(1'000);
  CHECK(in.room().second == 1'000);
}

TEST_CASE("a most below its least is kept to") {
  read_buffer in(100);
  CHECK(in.room().second == 100);
  in.shrink();
  CHECK(in.room().second == 100);
}

TEST_CASE("bytes come out as they went in, however they come and are taken") {
  std::mt19937 random(7);
  const auto upto = [&](std::size_t most) { return random() % (most + 1); };
  for (int history = 0; history < 50; ++history) {
    read_buffer in(2'000 + upto(20'000));
    std::string sent(100'000, ' '), taken;
    for (auto& c : sent)
      c = static_cast<char>(random());
    std::string_view coming = sent;
    while (!coming.empty() || !in.empty()) {
      receive(in, coming, upto(6'000));
      const auto size = upto(in.waiting().size());
      taken += in.waiting().substr(0, size);
      in.take(size);
      if (in.empty() && upto(3) == 0) in.shrink();
    }
    REQUIRE(taken == sent);
  }
}
