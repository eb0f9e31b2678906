#include "actors/at_work.hpp"

#include <catch2/catch.hpp>

#include <stdexcept>
#include <thread>

using namespace ringmaster;

namespace {

struct one_kind {
  int number = 0;
};
struct other_kind {
  int number = 0;
};

} // namespace

TEST_CASE("a handler finds its own actor, also behind another's work and behind one that threw") {
  one_kind outer{1}, inner{2};
  other_kind other{3};
  const at_work<one_kind> me(outer);
  {
    const at_work<one_kind> nested(inner);
    const at_work<other_kind> of_another_kind(other);
    CHECK(at_work<one_kind>::state().number == 2);
    CHECK(at_work<other_kind>::state().number == 3);
  }
  CHECK(at_work<one_kind>::state().number == 1);
  try {
    const at_work<one_kind> nested(inner);
    throw std::runtime_error("broke");
  } catch (const std::runtime_error&) {
    CHECK(at_work<one_kind>::state().number == 1);
  }
}

TEST_CASE("each thread has its own actor at work") {
  one_kind here{1}, there{2};
  const at_work<one_kind> me(here);
  int seen = 0;
  std::thread([&] {
    const at_work<one_kind> me(there);
    seen = at_work<one_kind>::state().number;
  }).join();
  CHECK(seen == 2);
  CHECK(at_work<one_kind>::state().number == 1);
}
