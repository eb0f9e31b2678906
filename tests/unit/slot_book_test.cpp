#include "actors/slot_book.hpp"

#include <catch2/catch.hpp>

#include <random>

using namespace ringmaster;

namespace {

std::vector<slot_number> slots(int count) {
  std::vector<slot_number> all;
  for (int i = 1; i <= count; ++i)
    all.emplace_back(i);
  return all;
}

claim_answer claim_of(std::int64_t job) {
  claim_answer answer;
  answer.result = claim_result::claimed;
  answer.job = job_id{job};
  answer.lead = lead_id{job};
  answer.phone = phone_number{"+1555" + std::to_string(1000000 + job)};
  return answer;
}

dial_token token(std::int64_t n) {
  return {0, static_cast<std::uint64_t>(n)};
}

slot_number take(slot_book& book, std::int64_t job, run_id run = run_id{1}) {
  auto slot = book.reserve(run, time_point{});
  REQUIRE(slot);
  REQUIRE(book.bind(*slot, run, token(job), claim_of(job), time_point{}));
  return *slot;
}

} // namespace

TEST_CASE("a business with three slots gives three and no fourth") {
  slot_book book;
  book.set_open(slots(3));
  CHECK(book.reserve(run_id{1}, {}) == slot_number{1});
  CHECK(book.reserve(run_id{2}, {}) == slot_number{2});
  CHECK(book.reserve(run_id{}, {}) == slot_number{3});
  CHECK_FALSE(book.reserve(run_id{1}, {}));
  CHECK(book.active() == 3);
}

TEST_CASE("a slot is held from the reservation on, not only while the call is up") {
  slot_book book;
  book.set_open(slots(1));
  auto slot = book.reserve(run_id{1}, {});
  CHECK(book.available() == 0);
  book.bind(*slot, run_id{1}, token(1), claim_of(1), {});
  CHECK(book.available() == 0);
  book.find(token(1))->state = slot_state::in_doubt;
  CHECK(book.available() == 0);
  CHECK(book.free(*slot));
  CHECK(book.available() == 1);
}

TEST_CASE("freeing a slot twice frees it once") {
  slot_book book;
  book.set_open(slots(2));
  auto slot = take(book, 1);
  CHECK(book.free(slot));
  CHECK_FALSE(book.free(slot));
  CHECK(book.available() == 2);
}

TEST_CASE("a claim binds only the slot that was reserved for its run") {
  slot_book book;
  book.set_open(slots(2));
  auto slot = book.reserve(run_id{1}, {});
  CHECK_FALSE(book.bind(*slot, run_id{2}, token(1), claim_of(1), {}));
  CHECK_FALSE(book.bind(slot_number{2}, run_id{1}, token(1), claim_of(1), {}));
  CHECK_FALSE(book.bind(slot_number{9}, run_id{1}, token(1), claim_of(1), {}));
  CHECK(book.bind(*slot, run_id{1}, token(1), claim_of(1), {}));
  CHECK_FALSE(book.bind(*slot, run_id{1}, token(2), claim_of(2), {}));
}

TEST_CASE("only the newest attempt's token finds a slot") {
  slot_book book;
  book.set_open(slots(1));
  auto slot = take(book, 1);
  book.free(slot);
  take(book, 2);
  CHECK(book.find(token(1)) == nullptr);
  CHECK(book.find(dial_token{}) == nullptr);
  REQUIRE(book.find(token(2)) != nullptr);
  CHECK(book.find(token(2))->job == job_id{2});
}

TEST_CASE("lowering the limit cuts no call, and gives no slot until enough have ended") {
  slot_book book;
  book.set_open(slots(3));
  for (int job = 1; job <= 3; ++job)
    take(book, job);
  book.set_open(slots(1));
  CHECK(book.limit() == 1);
  CHECK(book.active() == 3);
  book.free(slot_number{1});
  CHECK(book.available() == 0); // two calls are still up, over the new limit
  book.free(slot_number{3});
  CHECK(book.available() == 0);
  book.free(slot_number{2});
  CHECK(book.available() == 1);
  CHECK(book.views().size() == 1);
}

TEST_CASE("raising the limit opens slots at once, closing ones included") {
  slot_book book;
  book.set_open(slots(2));
  take(book, 1);
  take(book, 2);
  book.set_open(slots(1));
  book.set_open(slots(4));
  CHECK(book.limit() == 4);
  CHECK(book.available() == 2);
}

TEST_CASE("a restored call holds its slot, also above the limit") {
  slot_book book;
  book.set_open(slots(1));
  live_call call;
  call.slot = slot_number{2};
  call.job = job_id{7};
  call.token = token(7);
  call.in_doubt_since = time_point{};
  book.restore(call);
  book.set_open(slots(1));
  CHECK(book.available() == 0);
  CHECK(book.find(token(7))->state == slot_state::in_doubt);
}

TEST_CASE("whatever is reserved, bound, freed and changed, no more slots are given than are open") {
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random{seed};
    slot_book book;
    int limit = 3;
    book.set_open(slots(limit));
    std::int64_t next_job = 0;
    std::vector<slot_number> held;
    for (int step = 0; step < 200; ++step) {
      switch (random() % 4) {
      case 0: {
        auto before = book.active();
        auto slot = book.reserve(run_id{1}, {});
        if (slot) {
          REQUIRE(before < limit);
          held.push_back(*slot);
        }
        break;
      }
      case 1:
        if (!held.empty()) {
          ++next_job;
          book.bind(held[random() % held.size()], run_id{1}, token(next_job), claim_of(next_job),
                    {});
        }
        break;
      case 2:
        if (!held.empty()) {
          auto which = held.begin() + static_cast<long>(random() % held.size());
          REQUIRE(book.free(*which));
          held.erase(which);
        }
        break;
      default:
        limit = static_cast<int>(random() % 5);
        book.set_open(slots(limit));
      }
      INFO("seed " << seed << " step " << step);
      REQUIRE(book.active() == static_cast<int>(held.size()));
      REQUIRE(book.limit() == limit);
      REQUIRE(book.available() == std::max(0, limit - book.active()));
    }
  }
}

TEST_CASE("a free slot is shown and not visited") {
  slot_book book;
  book.set_open(slots(3));
  const auto held = take(book, 1);
  std::vector<slot_number> visited;
  book.for_each([&](slot_entry& entry) { visited.push_back(entry.slot); });
  CHECK(visited == std::vector<slot_number>{held});
  CHECK(book.find(slot_number{2}) == nullptr);
  const auto views = book.views();
  REQUIRE(views.size() == 3);
  CHECK(views[0].state == slot_state::dialing);
  CHECK(views[1].state == slot_state::free);
  CHECK(views[2].slot == slot_number{3});
}

TEST_CASE(
    "an ending call's slot goes to its heir, be it a run or the direct lane, and else to none") {
  slot_book book;
  book.set_open(slots(3));
  const auto to_run = take(book, 1), to_lane = take(book, 2), to_nobody = take(book, 3);
  book.find(to_run)->heir = run_id{7};
  book.find(to_lane)->heir = run_id{};
  CHECK(book.inherit(to_run, {}));
  CHECK(book.inherit(to_lane, {}));
  CHECK_FALSE(book.inherit(to_nobody, {}));
  CHECK(book.find(to_run)->state == slot_state::reserved);
  CHECK(book.find(to_run)->run == run_id{7});
  CHECK(book.find(to_lane)->state == slot_state::reserved);
  CHECK(book.find(to_lane)->run == run_id{});
  CHECK(book.find(to_nobody)->state == slot_state::dialing);
  CHECK(book.find(to_run)->heir == nobody);
  CHECK_FALSE(book.find(token(1)));
}
