#include "actors/fair_order.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <vector>

using namespace ringmaster;

namespace {

std::vector<std::int64_t> drain(fair_order& order) {
  std::vector<std::int64_t> turns;
  while (auto run = order.next())
    turns.push_back(run->value);
  return turns;
}

void ask(fair_order& order, std::int64_t run, int times) {
  for (int i = 0; i < times; ++i)
    order.ask(run_id{run});
}

} // namespace

TEST_CASE("runs take turns, whatever number of slots each asks for") {
  fair_order order;
  ask(order, 1, 4);
  ask(order, 2, 2);
  ask(order, 3, 1);
  CHECK(order.waiting() == 7);
  CHECK(drain(order) == std::vector<std::int64_t>{1, 2, 3, 1, 2, 1, 1});
  CHECK(order.empty());
}

TEST_CASE("direct calls go first, all of them") {
  fair_order order;
  ask(order, 1, 2);
  ask(order, 0, 2);
  CHECK(drain(order) == std::vector<std::int64_t>{0, 0, 1, 1});
}

TEST_CASE("a run that comes later waits at most one turn of each other") {
  fair_order order;
  ask(order, 1, 1000);
  ask(order, 2, 1000);
  order.next();
  ask(order, 3, 1);
  std::vector<std::int64_t> turns;
  for (int i = 0; i < 3; ++i)
    turns.push_back(order.next()->value);
  CHECK(std::count(turns.begin(), turns.end(), 3) == 1);
}

TEST_CASE("a forgotten run gets no turn and others keep theirs") {
  fair_order order;
  ask(order, 1, 2);
  ask(order, 2, 2);
  order.forget(run_id{1});
  order.forget(run_id{9});
  CHECK(drain(order) == std::vector<std::int64_t>{2, 2});
  CHECK_FALSE(order.next());
}
