#include "actors/look_queue.hpp"

#include <catch2/catch.hpp>

#include <map>

using namespace ringmaster;

namespace {

time_point at(int ms) {
  return time_point{seconds{1'000'000} + milliseconds{ms}};
}

look_into question(int n, look_kind kind = look_kind::known, int business = 1) {
  look_into asked;
  asked.kind = kind;
  asked.attempt = {business_id{business}, job_id{n}, dial_token{1, static_cast<std::uint64_t>(n)}};
  if (kind != look_kind::search) asked.sid = call_sid{"CA" + std::to_string(n)};
  return asked;
}

} // namespace

TEST_CASE("questions are put at the pace and no more at once than may be") {
  look_queue queue({2, 3}, at(0));
  for (int i = 0; i < 10; ++i)
    CHECK(queue.ask(question(i)));
  CHECK(queue.next(at(0)));
  CHECK_FALSE(queue.next(at(0)));
  CHECK(*queue.next_time(at(0)) > at(499));
  CHECK(queue.next(at(501)));
  auto third = queue.next(at(1002));
  REQUIRE(third);
  CHECK_FALSE(queue.next(at(5000))); // three are unanswered
  CHECK_FALSE(queue.next_time(at(5000)));
  queue.done(*third);
  CHECK(queue.next(at(5000)));
  CHECK(queue.waiting() == 6);
}

TEST_CASE("the same question is not put twice at once, and may be put again later") {
  look_queue queue({0, 8}, at(0));
  CHECK(queue.ask(question(1)));
  CHECK_FALSE(queue.ask(question(1)));
  auto put = queue.next(at(0));
  REQUIRE(put);
  CHECK_FALSE(queue.ask(question(1)));
  queue.done(*put);
  CHECK(queue.ask(question(1)));
  // A search for the attempt's call is another question than one about a name.
  CHECK(queue.ask(question(1, look_kind::search)));
}

TEST_CASE("each kind and each business has its turn") {
  look_queue queue({0, 1000}, at(0));
  for (int i = 0; i < 300; ++i)
    queue.ask(question(i, look_kind::known, 1));
  for (int i = 300; i < 310; ++i)
    queue.ask(question(i, look_kind::known, 2));
  for (int i = 310; i < 320; ++i)
    queue.ask(question(i, look_kind::search, 3));
  queue.ask(question(320, look_kind::stray, 4));
  std::map<std::int64_t, int> put;
  for (int i = 0; i < 31; ++i)
    ++put[queue.next(at(0))->attempt.business.value];
  CHECK(put[4] == 1);
  CHECK(put[3] == 10);
  CHECK(put[2] == 10);
  CHECK(put[1] == 10);
}

TEST_CASE("a clock that is set back stops nothing") {
  look_queue queue({2, 8}, at(0));
  for (int i = 0; i < 4; ++i)
    queue.ask(question(i));
  CHECK(queue.next(at(3'600'000)));
  queue.hold_until(at(3'700'000));
  CHECK_FALSE(queue.next(at(0)));
  CHECK(queue.next(at(600)));
}

TEST_CASE("nothing is put while the carrier is given a rest") {
  look_queue queue({0, 8}, at(0));
  queue.ask(question(1));
  queue.hold_until(at(700));
  CHECK_FALSE(queue.next(at(699)));
  CHECK(*queue.next_time(at(0)) == at(700));
  CHECK(queue.next(at(700)));
}

TEST_CASE("while a listing is read, named calls wait for what it answers; the rest go on") {
  look_queue queue({0, 100}, at(0));
  for (int i = 0; i < 4; ++i)
    queue.ask(question(i, look_kind::known, i / 2));
  queue.ask(question(10, look_kind::search));
  queue.ask(question(11, look_kind::stray));
  CHECK(queue.listable() == 4);
  queue.begin_listing();
  queue.ask(question(4, look_kind::known, 0)); // comes while it is read
  CHECK(queue.listable() == 5);
  CHECK(queue.next(at(0))->kind == look_kind::search);
  CHECK(queue.next(at(0))->kind == look_kind::stray);
  CHECK_FALSE(queue.next(at(0)));
  CHECK_FALSE(queue.next_time(at(0)));

  CHECK(queue.take(call_sid{"CA1"})->attempt.job == job_id{1});
  CHECK_FALSE(queue.take(call_sid{"CA1"}));  // answered already
  CHECK_FALSE(queue.take(call_sid{"CA11"})); // a stray, and under way
  CHECK_FALSE(queue.take(call_sid{"CA99"})); // another's call
  CHECK(queue.take(call_sid{"CA4"}));        // it shows what is asked for only now, too
  CHECK(queue.ask(question(1)));             // answered: it may be asked again

  queue.end_listing();
  std::map<std::int64_t, int> put;
  while (auto next = queue.next(at(0)))
    ++put[next->attempt.job.value];
  CHECK(put == std::map<std::int64_t, int>{{0, 1}, {1, 1}, {2, 1}, {3, 1}});
  CHECK(queue.waiting() == 0);
}

TEST_CASE("the pages of a listing keep to the pace like any question") {
  look_queue queue({2, 1}, at(0));
  queue.ask(question(1));
  queue.begin_listing();
  CHECK(queue.page(at(0)));
  CHECK_FALSE(queue.page(at(5000))); // one is unanswered
  CHECK_FALSE(queue.page_time(at(5000)));
  queue.page_done();
  CHECK(queue.page(at(5000)));
  queue.page_done();
  CHECK_FALSE(queue.page(at(5100)));
  CHECK(*queue.page_time(at(5100)) > at(5400));
  queue.hold_until(at(9000));
  CHECK_FALSE(queue.page(at(8999)));
  CHECK(queue.page(at(9000)));
}
