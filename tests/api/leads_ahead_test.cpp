// Rows that are read ahead by another thread come whole, in order, and with their failures.
#include "net/api/leads_ahead.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <stdexcept>

using namespace ringmaster;
using namespace ringmaster::net::api;

namespace {

/// So many batches of one row each; behind them the end, a failure or an exception.
class counting_source final : public lead_source {
public:
  enum class ending { none, failure, exception };
  explicit counting_source(int batches, ending how = ending::none) : batches_(batches), how_(how) {}

  result<std::vector<lead_row>> next() override {
    if (given < batches_) {
      lead_row one;
      one.row = ++given;
      return std::vector<lead_row>{one};
    }
    if (how_ == ending::exception) throw std::runtime_error("broken");
    if (how_ == ending::failure) return failure{failure_kind::invalid, "bad", "bad", ""};
    return std::vector<lead_row>();
  }
  void rewind() override { given = 0; }

  std::atomic<int> given{0};

private:
  int batches_;
  ending how_;
};

/// Takes rows until there are no more; how many came, in order.
int drain(leads_ahead& from) {
  int taken = 0;
  while (true) {
    const auto rows = from.next();
    REQUIRE(rows);
    if (rows->empty()) return taken;
    CHECK(rows->at(0).row == ++taken);
  }
}

} // namespace

TEST_CASE("rows read ahead come in order, and again after a rewind") {
  for (const int batches : {0, 1, 2, 3, 50}) {
    counting_source source(batches);
    leads_ahead ahead(source);
    CHECK(drain(ahead) == batches);
    CHECK(ahead.next()->empty());
    ahead.rewind();
    CHECK(drain(ahead) == batches);
  }
}

TEST_CASE("a rewind in the middle begins with the first row") {
  counting_source source(50);
  leads_ahead ahead(source);
  for (int i = 0; i < 10; ++i)
    REQUIRE(ahead.next());
  ahead.rewind();
  CHECK(drain(ahead) == 50);
}

TEST_CASE("only a few batches are read ahead, and nobody waits for those that are not wanted") {
  counting_source source(50);
  {
    leads_ahead ahead(source);
    REQUIRE(ahead.next());
    REQUIRE(ahead.next());
  }
  CHECK(source.given < 10);
}

TEST_CASE("a failure comes behind the rows before it") {
  for (const int batches : {0, 1, 2, 9}) {
    counting_source source(batches, counting_source::ending::failure);
    leads_ahead ahead(source);
    for (int i = 0; i < batches; ++i)
      REQUIRE(ahead.next());
    CHECK(ahead.next().error().code == "bad");
  }
}

TEST_CASE("what the reading throws is thrown where the rows are wanted") {
  counting_source source(9, counting_source::ending::exception);
  leads_ahead ahead(source);
  const auto take_all = [&] {
    while (!ahead.next()->empty()) {
    }
  };
  CHECK_THROWS_AS(take_all(), std::runtime_error);
}
