#include "actors/rare.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <string>
#include <vector>

using namespace ringmaster;

TEST_CASE("it takes a pointer's room and reads as empty until something is put in") {
  rare<std::map<int, std::string>> names;
  CHECK(sizeof names == sizeof(void*));
  CHECK(names.empty());
  CHECK(names->find(1) == names->end());
  CHECK(names.erase(1) == 0);
  names.own()[1] = "one";
  CHECK_FALSE(names.empty());
  CHECK(names->at(1) == "one");
  CHECK(names.erase(2) == 0);
  CHECK(names.erase(1) == 1);
  CHECK(names.empty());
}

TEST_CASE("what is taken out is there no more, and what nobody put in is empty") {
  rare<std::vector<int>> numbers;
  CHECK(numbers.take().empty());
  numbers.own() = {1, 2};
  CHECK(numbers.take() == std::vector<int>{1, 2});
  CHECK(numbers.empty());
  numbers.own().push_back(3);
  numbers.clear();
  CHECK(numbers->empty());
}

TEST_CASE("two that are empty stay apart") {
  rare<std::vector<int>> one, other;
  CHECK(&*one == &*other);
  one.own().push_back(1);
  CHECK(other.empty());
}
