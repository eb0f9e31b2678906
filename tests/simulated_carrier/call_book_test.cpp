#include "net/simulated_carrier/call_book.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace ringmaster;
using namespace ringmaster::net::sim;

namespace {

time_point at(int s) {
  return time_point{seconds{s}};
}

call& add(call_book& book, const std::string& to, const std::string& from, int s) {
  call_request r;
  r.to = to;
  r.from = from;
  return book.add(r, "", at(s));
}

std::vector<std::uint64_t> ids(const std::vector<const call*>& calls) {
  std::vector<std::uint64_t> all;
  for (const auto* c : calls)
    all.push_back(c->id);
  return all;
}

using id_list = std::vector<std::uint64_t>;

} // namespace

TEST_CASE("sids have the carrier's form and never come twice") {
  call_book book(10, 42, 3);
  std::set<std::string> seen;
  for (int i = 0; i < 5'000; ++i) {
    auto sid = book.new_sid();
    REQUIRE(sid.size() == 34);
    REQUIRE(sid.substr(0, 2) == "CA");
    REQUIRE(sid.find_first_not_of("0123456789abcdef", 2) == std::string::npos);
    REQUIRE(seen.insert(sid).second);
  }
  CHECK(seen.count(call_book(10, 43, 3).new_sid()) == 0);
}

TEST_CASE("a list is filtered, newest first, and goes on below an id") {
  call_book book(100, 1, 3);
  for (int i = 1; i <= 6; ++i)
    add(book, i % 2 ? "+101" : "+102", i <= 3 ? "+1" : "+2", i);
  CHECK(ids(book.list({}, 0, 0, 10)) == id_list{6, 5, 4, 3, 2, 1});
  CHECK(ids(book.list({}, 0, 2, 2)) == id_list{4, 3});
  CHECK(ids(book.list({}, 4, 0, 10)) == id_list{3, 2, 1});
  call_filter f;
  f.to = "+101";
  CHECK(ids(book.list(f, 0, 0, 10)) == id_list{5, 3, 1});
  CHECK(ids(book.list(f, 5, 0, 1)) == id_list{3});
  f.from = "+2";
  CHECK(ids(book.list(f, 0, 0, 10)) == id_list{5});
  f.to = "+109";
  CHECK(book.list(f, 0, 0, 10).empty());
}

TEST_CASE("a list tells calls by status and by times, and not those that are hidden") {
  call_book book(100, 1, 3);
  auto& a = add(book, "+101", "+1", 1);
  a.dialled = at(10);
  book.move(a, call_status::busy, at(20), at(20));
  auto& b = add(book, "+102", "+1", 2);
  b.hidden_from_list = at(50);
  call_filter f;
  f.status = call_status::busy;
  CHECK(ids(book.list(f, 0, 0, 10)) == id_list{1});
  f = {};
  f.started_from = at(10);
  f.started_before = at(11);
  CHECK(ids(book.list(f, 0, 0, 10)) == id_list{1});
  f.started_before = at(10);
  CHECK(book.list(f, 0, 0, 10).empty());
  f = {};
  f.ended_from = at(21);
  CHECK(book.list(f, 0, 0, 10).empty());
  f = {};
  f.visible_at = at(49);
  CHECK(ids(book.list(f, 0, 0, 10)) == id_list{1});
  f.visible_at = at(50);
  CHECK(ids(book.list(f, 0, 0, 10)) == id_list{2, 1});
}

TEST_CASE("only so many ended calls are kept; live calls and figures stay") {
  call_book book(10, 1, 3);
  auto& live = add(book, "+100", "+1", 0);
  auto live_sid = live.sid;
  std::string first_sid;
  for (int i = 1; i <= 50; ++i) {
    auto& c = add(book, "+1" + std::to_string(i), "+1", i);
    if (i == 1) first_sid = c.sid;
    book.move(c, call_status::completed, at(i), at(i));
  }
  CHECK(book.size() == 11);
  CHECK(book.find(live_sid));
  CHECK(!book.find(first_sid));
  call_filter f;
  f.to = "+11";
  CHECK(book.list(f, 0, 0, 10).empty());
  CHECK(book.observer().created_total() == 51);
  CHECK(book.tally(call_status::completed) == 50);
  CHECK(book.observer().live_total() == 1);
}

TEST_CASE("a forgotten call is not live any more") {
  call_book book(10, 1, 3);
  auto sid = add(book, "+100", "+1", 0).sid;
  book.erase(sid, at(1));
  CHECK(!book.find(sid));
  CHECK(book.observer().live_total() == 0);
  book.erase(sid, at(2));
  CHECK(book.observer().live_total() == 0);
}
